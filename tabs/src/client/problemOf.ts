import { ApiProblem } from '../../../contract/client.ts';
import type { Problem } from '../../../contract/problem.ts';

/** What went wrong as the pages show it: the server's own words, or what the browser said. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiProblem) return error.problem;
  console.error(error);
  const detail = error instanceof Error ? error.message : String(error);
  return { type: 'about:blank', title: 'Something went wrong', status: 0, detail, reference: '' };
}
