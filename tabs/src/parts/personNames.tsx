import { createContext, use, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useMe } from '../app/person.ts';
import { useTexts } from '../app/texts.tsx';
import { useApi } from '../client/apiContext.ts';
import type { Api } from '../client/apiContext.ts';

type Ask = (id: string) => Promise<string | undefined>;
const Names = createContext<Ask>(() => Promise.resolve(undefined));

/** People go by ids in the API; whoever owns a mailbox has a name there. Each is asked for once. */
const asking = (api: Api): Ask => {
  const asked = new Map<string, Promise<string | undefined>>();
  return (id) => {
    const known = asked.get(id);
    if (known !== undefined) return known;
    const name = api
      .call('listResources', { query: { owner: id, pageSize: 1 } })
      .then(({ value }) => value[0]?.name)
      .catch(() => {
        asked.delete(id);
        return undefined;
      });
    asked.set(id, name);
    return name;
  };
};

export function PersonNamesProvider({ children }: { children: ReactNode }) {
  const api = useApi();
  const [ask] = useState(() => asking(api));
  return <Names value={ask}>{children}</Names>;
}

/** The name behind a user id; `schedule` and `system` are no people. `told`: what the answer that holds the id says. */
export function usePersonName(id: string, told?: string): string {
  const text = useTexts();
  const me = useMe();
  const ask = use(Names);
  const [name, setName] = useState<{ readonly id: string; readonly name: string | undefined }>();
  const known = id === '' || id === 'schedule' || id === 'system' || id === me.id || told !== undefined;
  useEffect(() => {
    if (known || !me.can.seeTenant) return undefined;
    let here = true;
    void ask(id).then((found) => here && setName({ id, name: found }));
    return () => {
      here = false;
    };
  }, [ask, id, known, me.can.seeTenant]);
  if (id === 'schedule') return text('person.schedule');
  if (id === 'system') return text('person.system');
  if (id === me.id) return text('person.you', { name: me.name ?? '' });
  if (told !== undefined) return told;
  return (name?.id === id ? name.name : undefined) ?? text('person.unknown', { id: id.slice(0, 8) });
}

export function PersonName({ id, told }: { id: string; told?: string | undefined }) {
  return <>{usePersonName(id, told)}</>;
}
