import type { Me } from '../../../contract/roles.ts';
import type { WorkloadDescription } from '../../../contract/service.ts';
import type { Connector } from '../../../engine/connector.ts';
import { permissionsOf, sharedSettings } from '../../access.ts';
import { json } from '../answer.ts';
import type { Handlers } from '../handler.ts';

export const peopleRoutes: Handlers<'getMe' | 'listWorkloads'> = {
  getMe:
    async ({ caller, services }) =>
    async () => {
      const me: Me = {
        id: caller.id,
        tenantId: caller.tenantId,
        ...(caller.name === '' ? {} : { name: caller.name }),
        roles: [...caller.roles],
        can: permissionsOf(caller, await sharedSettings(services.records)),
      };
      return json(me);
    },

  listWorkloads:
    async ({ services }) =>
    async () =>
      json({ value: [...services.connectors.values()].map(describe) }),
};

const describe = ({ description }: Connector): WorkloadDescription => ({
  workload: description.workload,
  label: description.label,
  icon: description.icon,
  itemKinds: [...description.itemKinds],
  permissions: [...description.permissions],
  coverageNotes: [...description.coverageNotes],
});
