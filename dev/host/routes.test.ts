import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { routeTable } from './routes.ts';

const table = (...templates: string[]) =>
  routeTable(templates.map((template) => ({ methods: ['GET'], template, target: template })));

describe('routes', () => {
  it('prefer what is written out, then what is constrained, then what takes anything', () => {
    const match = table('{*path}', 'api/runs/{id}', 'api/runs/latest', 'api/runs/{id:int}', 'api/{*rest}');
    assert.equal(match('GET', '/api/runs/latest')?.target, 'api/runs/latest');
    assert.equal(match('GET', '/api/runs/7')?.target, 'api/runs/{id:int}');
    assert.equal(match('GET', '/api/runs/x')?.target, 'api/runs/{id}');
    assert.equal(match('GET', '/api/other/x')?.target, 'api/{*rest}');
    assert.equal(match('GET', '/index.html')?.target, '{*path}');
    assert.equal(match('GET', '/')?.target, '{*path}');
  });

  it('go on to the next route when the method does not fit', () => {
    const match = routeTable([
      { methods: ['POST'], template: 'api/runs', target: 'post' },
      { methods: ['GET'], template: '{*path}', target: 'page' },
    ]);
    assert.equal(match('POST', '/api/runs')?.target, 'post');
    assert.equal(match('GET', '/api/runs')?.target, 'page');
    assert.equal(match('DELETE', '/api/runs'), undefined);
  });

  it('give parameters as they were meant: unescaped, but no slash made of an escape', () => {
    assert.deepEqual(table('api/{name}')('GET', '/api/J%C3%BCrgen%20A%2FB')?.params, { name: 'Jürgen A%2FB' });
    assert.deepEqual(table('files/{name}.{extension}')('GET', '/files/report.pdf')?.params, {
      name: 'report',
      extension: 'pdf',
    });
    assert.deepEqual(table('{*path}')('GET', '/a/b/c.js')?.params, { path: 'a/b/c.js' });
    assert.equal(table('api/{name}')('GET', '/api/%ff')?.params['name'], '%ff');
  });

  it('hold their constraints', () => {
    const cases: [constraint: string, fits: string, not: string][] = [
      ['int', '-12', '1.5'],
      ['guid', '6f9619ff-8b86-d011-b42d-00c04fc964ff', '6f9619ff'],
      ['alpha', 'abc', 'a1'],
      ['bool', 'True', 'yes'],
      ['length(4)', 'abcd', 'abc'],
      ['length(2,3)', 'abc', 'abcd'],
      ['minlength(2)', 'ab', 'a'],
      ['maxlength(2)', 'ab', 'abc'],
      ['min(3)', '3', '2'],
      ['max(3)', '3', '4'],
      ['range(1,9)', '9', '10'],
      ['regex(^[0-9a-f]{{4}}$)', 'beef', 'beefs'],
      ['int:min(5)', '5', '4'],
    ];
    for (const [constraint, fits, not] of cases) {
      const match = table(`x/{value:${constraint}}`);
      assert.deepEqual(match('GET', `/x/${fits}`)?.params, { value: fits }, `${constraint} takes ${fits}`);
      assert.equal(match('GET', `/x/${not}`), undefined, `${constraint} refuses ${not}`);
    }
  });

  it('have optional ends', () => {
    const match = table('api/list/{page:int?}');
    assert.deepEqual(match('GET', '/api/list')?.params, {});
    assert.deepEqual(match('GET', '/api/list/2')?.params, { page: '2' });
    assert.equal(match('GET', '/api/list/2/3'), undefined);
  });

  it('refuse a template that can never work', () => {
    assert.throws(() => table('x/{id:colour}'), /constraint "colour" is not known/);
    assert.throws(() => table('x/{id'), /do not close/);
  });
});
