import { addressOf } from '../../app/routing.ts';

type Query = Readonly<Record<string, string | undefined>>;

export const runAddress = (id: string, query: Query = {}): string => addressOf('activity', ['run', id], query);
export const requestAddress = (id: string): string => addressOf('activity', ['restore', id]);
