import { accessRoutes } from './accessRoutes.ts';
import { changeRoutes } from './changeRoutes.ts';
import { faultRoutes } from './faultRoutes.ts';
import type { ControlParts, ControlRoutes } from './parts.ts';
import { stateRoutes } from './stateRoutes.ts';

/** All control endpoints by `METHOD path`. */
export function controlRoutes(parts: ControlParts): ControlRoutes {
  return { ...stateRoutes(parts), ...accessRoutes(parts), ...faultRoutes(parts), ...changeRoutes(parts) };
}
