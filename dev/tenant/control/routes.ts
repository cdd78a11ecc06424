import type { ControlParts, ControlRoute } from './controlServer.ts';

/** All control endpoints by `METHOD path`. */
export function controlRoutes({ state, recorder, throttle }: ControlParts): Readonly<Record<string, ControlRoute>> {
  return {
    'GET /control': () => ({ tenantId: state.options.tenantId, origins: state.origins, tunables: state.tunables }),
    'GET /control/violations': () => ({ value: recorder.violations() }),
    'GET /control/outgoing': () => ({ value: recorder.outgoings() }),
    'GET /control/counters': () => ({ ...recorder.counters(), throttle: throttle.counters() }),
  };
}
