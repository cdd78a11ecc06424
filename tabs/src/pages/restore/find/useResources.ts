import { useEffect, useRef, useState } from 'react';
import type { Resource } from '../../../../../contract/resources.ts';
import { useApi } from '../../../client/apiContext.ts';
import { problemOf } from '../../../client/problemOf.ts';

/** The resources behind ids, each read once; they come in one by one. */
export function useResources(ids: readonly string[]): ReadonlyMap<string, Resource> {
  const api = useApi();
  const asked = useRef(new Set<string>());
  const [known, setKnown] = useState<ReadonlyMap<string, Resource>>(new Map());
  useEffect(() => {
    const read = async (id: string): Promise<void> => {
      asked.current.add(id);
      try {
        const resource = await api.call('getResource', { params: { id } });
        setKnown((before) => new Map(before).set(id, resource));
      } catch (error) {
        // The hit stays without the name of its owner; the next page of hits asks again.
        problemOf(error);
        asked.current.delete(id);
      }
    };
    for (const id of ids) if (!asked.current.has(id)) void read(id);
  }, [api, ids]);
  return known;
}
