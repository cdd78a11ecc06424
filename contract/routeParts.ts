import { z } from 'zod';
import { hexId, paging } from './primitives.ts';
import type { Role } from './roles.ts';

/** What the operations of the API have in common. */
export const everybody: readonly Role[] = ['admin', 'operator', 'auditor', 'approver', 'member'];
export const watchers: readonly Role[] = ['admin', 'operator', 'auditor'];
export const operators: readonly Role[] = ['admin', 'operator'];
export const admins: readonly Role[] = ['admin'];
/** Whoever may hold a restore request: askers, those who decide and those who look on. */
export const deciders: readonly Role[] = ['admin', 'approver'];

export const ok = <Schema extends z.ZodType>(schema: Schema) => ({ kind: 'json', status: 200, schema }) as const;
export const created = <Schema extends z.ZodType>(schema: Schema) => ({ kind: 'json', status: 201, schema }) as const;
export const accepted = <Schema extends z.ZodType>(schema: Schema) => ({ kind: 'json', status: 202, schema }) as const;

export const byId = z.strictObject({ id: hexId });
export const pages = z.strictObject(paging);
export const nothing = z.strictObject({}).optional();
