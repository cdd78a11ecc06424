/** The product, told by settings alone of a Graph that is not the demo tenant's own (rudeGraph.ts). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ForeignTenant, startForeignTenant } from './foreignTenant.ts';
import {
  assertLedgerBalanced,
  assertSameSet,
  everything,
  Flow,
  inParallel,
  leaves,
  PEOPLE,
  restored,
  walk,
  whatWasWrong,
} from './harness.ts';
import { type Addresses, Product } from './product.ts';
import { type RudeGraph, startRudeGraph } from './rudeGraph.ts';
import { TenantControl } from './tenantControl.ts';

const SEED = process.env['RUDE_SEEDS']?.split(',')[0] ?? '1';
const OWNER = 'ines.vogt';

/** People's tokens, signed by who the product was told signs them. */
class RudeControl extends TenantControl {
  readonly #issuer: string;

  constructor(url: string, issuer: string) {
    super(url);
    this.#issuer = issuer;
  }

  override async token(user: string): Promise<string> {
    const { token } = await this.post<{ token: string }>('token', { user, claims: { iss: this.#issuer } });
    return token;
  }
}

class RudeFlow extends Flow {
  readonly #control: TenantControl;

  constructor(product: Product, addresses: Addresses, control: TenantControl) {
    super(product, addresses);
    this.#control = control;
  }

  override get tenant(): TenantControl {
    return this.#control;
  }
}

describe('the product before a Graph of another make', () => {
  let foreign: ForeignTenant;
  let rude: RudeGraph;
  let product: Product;
  let flow: Flow;

  before(async () => {
    foreign = await startForeignTenant();
    rude = await startRudeGraph(foreign, { seed: SEED, letters: 'abcefghijk' });
    product = await Product.make({ env: rude.settings });
    flow = new RudeFlow(product, await product.start(), new RudeControl(foreign.tenant.controlUrl, rude.issuer));
  });

  after(async () => {
    await product?.remove();
    await rude?.stop();
    await foreign?.stop();
  });

  it('backs everything up: every item is in the ledger, once in its point, with its own bytes', async () => {
    const run = await flow.firstRun(300_000);
    assert.equal(run.status, 'complete', await whatWasWrong(flow.admin, run));
    await assertLedgerBalanced(flow.admin, run);
    const resources = await everything(flow.admin, 'listResources', { query: { state: 'protected' } });
    const stored = await inParallel(resources, 4, async ({ id }) => leaves(await walk(flow.admin, id)));
    const [messages, files] = await Promise.all([flow.tenant.messages(), flow.tenant.files()]);
    assertSameSet(
      stored.flat().map((item) => [rude.ids.real(item.sourceId), item.sha256]),
      [
        ...messages.filter(({ folder }) => folder !== '').map((message) => [message.immutableId, message.sha256]),
        ...files.filter(({ folder }) => !folder).map((file) => [file.id, file.sha256]),
      ],
    );
  });

  it('gives a mailbox and a drive back into a new folder, and a person their own', async () => {
    for (const workload of ['drive', 'mail'] as const) {
      const { id: ownerId } = await flow.tenant.user(OWNER);
      const { value } = await flow.as(OWNER).call('listResources', { query: { workload } });
      assert.equal(value.length, 1, `${ownerId} sees their own ${workload} and nobody else's`);
      const before = await hashes(workload);
      const { request, results } = await restored(
        flow.as(OWNER),
        { selection: { resourceId: value[0]?.id ?? '' }, destination: { kind: 'newFolder', name: 'Back' } },
        flow.as(PEOPLE.approver),
      );
      assert.deepEqual([request.state, request.counts?.restored], ['done', before.length], JSON.stringify(results));
      assertSameSet(await hashes(workload), [...before, ...before]);
    }
  });

  it('asked nothing that may not be asked', async () => {
    assert.deepEqual(rude.complaints, []);
    assert.deepEqual(await flow.tenant.complaints(), []);
  });

  const hashes = async (workload: 'drive' | 'mail') =>
    workload === 'drive'
      ? (await flow.tenant.files(OWNER)).filter(({ folder }) => !folder).map(({ sha256 }) => sha256)
      : (await flow.tenant.messages(OWNER)).filter(({ folder }) => folder !== '').map(({ sha256 }) => sha256);
});
