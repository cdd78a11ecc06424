import assert from 'node:assert/strict';
import { it } from 'node:test';
import { apiClient, ApiProblem } from './client.ts';

const answering = (...answers: readonly Response[]) => {
  const asked: Request[] = [];
  const left = [...answers];
  const send: typeof fetch = async (input, init) => {
    asked.push(new Request(new URL(input instanceof Request ? input.url : input, 'https://console.example'), init));
    const answer = left.shift();
    if (answer === undefined) throw new TypeError('network is gone');
    return answer;
  };
  return { asked, send };
};

it('fills path and query and leaves out what was not given', () => {
  const client = apiClient({ token: async () => 'abc' });
  assert.equal(
    client.url('listItems', { params: { id: 'a/b' }, query: { at: 'latest', pageSize: 20, parent: undefined } }),
    '/api/resources/a%2Fb/items?at=latest&pageSize=20',
  );
});

it('asks once for a new token when the first is refused', async () => {
  const { asked, send } = answering(new Response('{}', { status: 401 }), Response.json({ value: [] }));
  const renewals: boolean[] = [];
  const client = apiClient({ fetch: send, token: async (renew) => (renewals.push(renew), renew ? 'new' : 'old') });
  assert.deepEqual(await client.call('listRuns', { query: {} }), { value: [] });
  assert.deepEqual(renewals, [false, true]);
  assert.equal(asked[1]?.headers.get('Authorization'), 'Bearer new');
});

it('throws the problem that the API names', async () => {
  const problem = {
    type: 'about:blank',
    title: 'Not found',
    status: 404,
    detail: 'There is no such run.',
    reference: 'r1',
  };
  const { send } = answering(
    Response.json(problem, { status: 404, headers: { 'Content-Type': 'application/problem+json' } }),
  );
  const client = apiClient({ fetch: send, token: async () => undefined });
  await assert.rejects(
    client.call('getRun', { params: { id: '0'.repeat(32) } }),
    (error: unknown) => error instanceof ApiProblem && error.status === 404 && error.message === problem.detail,
  );
});

it('says that the server cannot be reached as a problem of status 0', async () => {
  const { send } = answering();
  const client = apiClient({ fetch: send, token: async () => undefined });
  await assert.rejects(client.call('getMe', {}), (error: unknown) => error instanceof ApiProblem && error.status === 0);
});
