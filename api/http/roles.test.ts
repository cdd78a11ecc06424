import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { paths, type RouteName } from '../../contract/paths.ts';
import type { AppRole, Role } from '../../contract/roles.ts';
import type { Route } from '../../contract/route.ts';
import { routes } from '../../contract/routes.ts';
import { carl } from '../testing/people.ts';
import { apiWorld, type ApiWorld } from '../testing/world.ts';

const people: Readonly<Record<Role, readonly AppRole[]>> = {
  admin: ['Backup.Admin'],
  operator: ['Backup.RestoreOperator'],
  auditor: ['Backup.Auditor'],
  approver: ['Backup.Approver'],
  member: [],
};
const unknown = 'f'.repeat(32);
const fill = (path: string) =>
  `/api${path
    .replace('{name}', 'access')
    .replace('{kind}', 'runs')
    .replaceAll(/\{\w+\}/g, unknown)}`;

describe('who may call what', () => {
  let world: ApiWorld;
  before(async () => {
    world = await apiWorld();
  });

  for (const [number, name] of (Object.keys(routes) as RouteName[]).entries()) {
    // Somebody else for each route: so many calls of one person would be too many.
    const person = carl.replace(/.{12}$/, String(number).padStart(12, '0'));
    const route: Route = routes[name];
    const { method, path } = paths[name];
    const send = (token?: string, address = fill(path)) =>
      world.send(address, {
        method,
        ...(token === undefined ? {} : { token }),
        ...(route.body === undefined ? {} : { body: '{"this is": "never looked at"}' }),
      });

    it(`${method} ${path} needs a token unless it is open`, async () => {
      const { status } = await send();
      if (route.allow === 'anyone') assert.equal(status, 200);
      else assert.equal(status, 401);
    });

    if (route.allow === 'anyone') continue;
    const { allow } = route;
    for (const role of Object.keys(people) as Role[]) {
      it(`${method} ${path} ${allow.includes(role) ? 'lets' : 'keeps out'} ${role}`, async () => {
        const { status } = await send(await world.signIn.person(person, people[role]));
        if (allow.includes(role)) assert.ok(![401, 403].includes(status), String(status));
        // Before the body is looked at and before an unknown id is noticed.
        else assert.equal(status, 403);
        assert.notEqual(status, 422);
        assert.ok(status < 500, String(status));
      });
    }

    it(`${method} ${path} ${route.apps === true ? 'lets' : 'keeps out'} applications`, async () => {
      const { status } = await send(await world.signIn.app(['Backup.Admin', 'Backup.RestoreOperator']));
      if (route.apps === true) assert.ok(![401, 403].includes(status), String(status));
      else assert.equal(status, 403);
    });

    if (route.params === undefined) continue;
    it(`${method} ${path} answers 404 for ids that are none, before it complains about anything else`, async () => {
      const token = await world.signIn.person(person, people[allow.includes('admin') ? 'admin' : 'member']);
      for (const id of ['x', 'F'.repeat(32), '..%2f..', '%00', 'a'.repeat(3000), unknown.slice(1), "' or 1=1"])
        assert.equal((await send(token, `/api${path.replaceAll(/\{\w+\}/g, encodeURIComponent(id))}`)).status, 404, id);
    });
  }

  it('says 404 for unknown addresses and 405 for unknown methods, both as problem documents', async () => {
    const none = await world.send('/api/nothing');
    assert.equal(none.status, 404);
    assert.equal(none.headers.get('Content-Type'), 'application/problem+json');
    const method = await world.send('/api/runs', { method: 'DELETE' });
    assert.equal(method.status, 405);
    assert.equal(method.headers.get('Allow'), 'GET');
  });
});
