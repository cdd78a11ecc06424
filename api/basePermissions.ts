import type { WorkloadPermission } from '../engine/connector.ts';

/** What no workload asks for, and the product uses all the same. Backups run without it, and say what is less. */
export const basePermissions: readonly WorkloadPermission[] = [
  {
    name: 'GroupMember.Read.All',
    app: 'backup',
    why: 'Reads who is in the groups that policies name.',
    otherwise: 'Policies can name people and everybody, and no groups.',
  },
  {
    name: 'Organization.Read.All',
    app: 'backup',
    why: 'Reads the name of the tenant and its licences, by which Microsoft sets its limits.',
    otherwise: 'Time estimates and the pace towards SharePoint follow the smallest tenant.',
  },
];
