import { createContext, use, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { Resource } from '../../../contract/resources.ts';
import { useTexts } from '../app/texts.tsx';
import { useApi } from '../client/apiContext.ts';
import type { Api } from '../client/apiContext.ts';
import { useWorkloads } from './workloads.tsx';

type Ask = (id: string) => Promise<Resource | undefined>;
const Names = createContext<Ask>(() => Promise.resolve(undefined));

/** Lists speak of resources by id. Each is asked for once; one that this reader may not see has no name here. */
const asking = (api: Api): Ask => {
  const asked = new Map<string, Promise<Resource | undefined>>();
  return (id) => {
    const known = asked.get(id);
    if (known !== undefined) return known;
    const found = api.call('getResource', { params: { id } }).catch(() => undefined);
    asked.set(id, found);
    return found;
  };
};

export function ResourceNamesProvider({ children }: { children: ReactNode }) {
  const api = useApi();
  const [ask] = useState(() => asking(api));
  return <Names value={ask}>{children}</Names>;
}

/** `Grace Mwangi: Mailbox`; for who may not look that up `otherwise`, or a word that says no more than that it is there. */
export function useResourceName(id: string | undefined, otherwise?: string): string {
  const text = useTexts();
  const workloads = useWorkloads();
  const ask = use(Names);
  const [found, setFound] = useState<Resource>();
  useEffect(() => {
    if (id === undefined) return undefined;
    let here = true;
    void ask(id).then((resource) => here && setFound(resource));
    return () => {
      here = false;
    };
  }, [ask, id]);
  return found === undefined || found.id !== id
    ? (otherwise ?? text('activity.someResource'))
    : text('resource.full', { name: found.name, workload: workloads.label(found.workload) });
}

export function ResourceName({ id, otherwise }: { id: string; otherwise?: string | undefined }) {
  return <bdi>{useResourceName(id, otherwise)}</bdi>;
}
