import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRecorder } from './recorder.ts';

const endpoint = 'https://graph.example';
const outlook = { prefer: 'IdType="ImmutableId"' };
const json = { 'content-type': 'application/json' };
const recorder = () => createRecorder(endpoint, new Set(['Mail.Read', 'User.Read.All']));
const skip = recorder().checksContract ? false : 'the published contract is not beside the repository';

describe('the recorder', () => {
  it('lets a right request pass', { skip }, () => {
    const { observe, violations } = recorder();
    observe({
      method: 'GET',
      url: `${endpoint}/v1.0/users/1/mailFolders/2/messages/delta?$select=id`,
      headers: outlook,
      body: undefined,
    });
    observe({
      method: 'POST',
      url: `${endpoint}/v1.0/$batch`,
      headers: json,
      body: JSON.stringify({ requests: [{ id: '1', method: 'GET', url: '/users/1?$select=id' }] }),
    });
    assert.deepEqual(violations, []);
  });

  it('names unknown paths, methods, queries and bodies', { skip }, () => {
    const { observe, violations } = recorder();
    observe({ method: 'GET', url: `${endpoint}/v1.0/users/1/nothing`, headers: {}, body: undefined });
    observe({ method: 'PUT', url: `${endpoint}/v1.0/users/1`, headers: {}, body: undefined });
    observe({ method: 'GET', url: `${endpoint}/v1.0/users?$format=json`, headers: {}, body: undefined });
    observe({
      method: 'POST',
      url: `${endpoint}/v1.0/users/1/translateExchangeIds`,
      headers: { ...json, ...outlook },
      body: '{"ids":[]}',
    });
    assert.deepEqual(
      violations.map((line) => line.replace(/: .*(no such|knows|must).*/, ': $1')),
      [
        'GET /users/1/nothing: no such',
        'PUT /users/{user-id}: no such',
        'GET /users: knows',
        'POST /users/{user-id}/translateExchangeIds: must',
      ],
    );
  });

  it('names a permission that was not asked for, inside a batch too', { skip }, () => {
    const { observe, violations } = recorder();
    observe({ method: 'GET', url: `${endpoint}/v1.0/drives/1/root/delta`, headers: {}, body: undefined });
    observe({
      method: 'POST',
      url: `${endpoint}/v1.0/$batch`,
      headers: json,
      body: JSON.stringify({ requests: [{ id: '1', method: 'GET', url: '/drives/1/items/2' }] }),
    });
    assert.equal(violations.length, 2);
    assert.match(violations.join(), /needs one of .*Sites\.Read\.All/);
  });

  it('names an Outlook call without immutable ids, and a token sent to content hosts', () => {
    const { observe, violations } = recorder();
    observe({
      method: 'GET',
      url: `${endpoint}/v1.0/users/1/mailFolders/2/messages/delta`,
      headers: {},
      body: undefined,
    });
    observe({
      method: 'GET',
      url: 'https://content.example/download/1',
      headers: { Authorization: 'Bearer t' },
      body: undefined,
    });
    assert.equal(violations.length, 2);
  });
});
