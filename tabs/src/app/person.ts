import { createContext, use } from 'react';
import type { Me } from '../../../contract/roles.ts';
import type { Host } from './host.ts';

export const MeContext = createContext<Me | undefined>(undefined);
export const HostContext = createContext<Host | undefined>(undefined);

/** The signed-in person. Only for drawing: the server decides on every call. */
export function useMe(): Me {
  const me = use(MeContext);
  if (me === undefined) throw new Error('useMe needs a MeContext around it');
  return me;
}

export function useHost(): Host {
  const host = use(HostContext);
  if (host === undefined) throw new Error('useHost needs a HostContext around it');
  return host;
}
