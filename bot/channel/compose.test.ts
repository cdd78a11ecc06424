import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { anna, botBench, type BotBench } from '../testing/botBench.ts';
import { chatService, type ChatService } from '../testing/chatService.ts';
import { openPlaces, placeOf } from '../notify/references.ts';
import { makeBotEndpoint } from './botEndpoint.ts';

const tenantId = '11111111-2222-3333-4444-555555555555';
let chat: ChatService;
before(async () => {
  chat = await chatService();
});
after(() => chat.close());
beforeEach(() => {
  chat.calls.length = 0;
});

const activity = (change: object) => ({
  type: 'message',
  id: `m-${Math.random()}`,
  channelId: 'msteams',
  serviceUrl: chat.address(),
  from: { id: '29:anna', name: 'Anna Berg', aadObjectId: anna.id },
  recipient: { id: '28:bot', name: 'Holdfast' },
  conversation: { id: 'chat-anna', conversationType: 'personal', tenantId },
  channelData: { tenant: { id: tenantId } },
  locale: 'en-US',
  localTimezone: 'Europe/Berlin',
  ...change,
});

const start = (bench: BotBench) => {
  const serviceHosts = [new URL(chat.address()).host];
  const endpoint = makeBotEndpoint({ tenantId, auth: 'none', serviceHosts }, bench.services);
  return { post: (body: unknown) => endpoint({ method: 'POST', headers: {}, body }) };
};

describe('"Find in Holdfast" under the compose box', () => {
  it('finds from the compose box: named to its reader alone, in the message only where they choose it', async () => {
    const { post } = start(await botBench());
    const query = async (sentence: string, change: object = {}) => {
      const value = { commandId: 'findInHoldfast', parameters: [{ name: 'sentence', value: sentence }] };
      const conversation = { id: '19:ops', conversationType: 'channel', tenantId };
      const asked = { type: 'invoke', name: 'composeExtension/query', text: undefined, conversation, value, ...change };
      return JSON.parse((await post(activity(asked))).body ?? '{}').composeExtension;
    };
    const { type, attachments } = await query('one');
    assert.equal(type, 'result');
    const [bare, named] = attachments;
    assert.match(JSON.stringify(bare.preview), /one 0/);
    assert.equal(bare.contentType, 'application/vnd.microsoft.card.adaptive');
    assert.match(
      JSON.stringify(bare.content),
      /Something from the backup[^]*restore\/browse\/[0-9a-f]{32}\/[0-9a-f]+\//,
    );
    assert.doesNotMatch(JSON.stringify(bare.content), /one 0|Anna|2026/);
    assert.match(JSON.stringify(named.preview), /Share this name: one 0/);
    assert.match(JSON.stringify(named.content), /one 0/);
    // Only what Anna may see: her own.
    assert.doesNotMatch(JSON.stringify(attachments), /Ben/);
    assert.deepEqual([(await query('o')).type, (await query('nothing of the kind')).type], ['message', 'message']);
    const stranger = { from: { id: '29:x', name: 'X', aadObjectId: 'nobody' } };
    assert.match((await query('one', stranger)).text, /for people of this organisation/);
    assert.deepEqual(chat.calls, [], 'nothing is said in the channel');
  });

  it('finds nothing from the compose box for members whose self-service is off', async () => {
    const bench = await botBench();
    const { post } = start(bench);
    await bench.records.settings.put('selfService', { enabled: false });
    const value = { commandId: 'findInHoldfast', parameters: [{ name: 'sentence', value: 'one' }] };
    const typed = async (sentence: string) => {
      const of = { ...value, parameters: [{ name: 'sentence', value: sentence }] };
      return (await post(activity({ type: 'invoke', name: 'composeExtension/query', text: undefined, value: of })))
        .body;
    };
    const refusals = async () => (await bench.records.audit.list()).value.map(({ result }) => result);
    assert.doesNotMatch((await typed('o')) ?? '', /self-service/);
    assert.deepEqual(await refusals(), []);
    for (const sentence of ['on', 'one', 'one ', 'one 0'])
      assert.match((await typed(sentence)) ?? '', /hasn’t switched on self-service/);
    assert.deepEqual(await refusals(), ['refused'], 'written down once, not at every letter');
    await bench.clock.advance(3_600_000);
    await typed('one');
    assert.deepEqual(await refusals(), ['refused', 'refused']);
  });

  it('keeps no place of a chat that it is used in, neither of two people nor of a channel', async () => {
    const bench = await botBench();
    const { post } = start(bench);
    await post(activity({ text: 'help' }));
    const own = await placeOf(bench.records, anna.id);
    assert.equal(own?.conversationId, 'chat-anna');
    const form = { verb: 'restore.form', resourceId: bench.mailbox.id, itemId: 'one-0', at: 'f'.repeat(32) };
    const uses = [
      ['query', { commandId: 'findInHoldfast', parameters: [{ name: 'sentence', value: 'one' }] }],
      ['fetchTask', { commandId: 'restoreWithHoldfast', messagePayload: { id: '1', subject: 'one 0' } }],
      ['submitAction', { commandId: 'restoreWithHoldfast', commandContext: 'message', data: form }],
    ] as const;
    for (const [use, value] of uses)
      for (const [id, conversationType] of [
        ['19:anna_bob@unq.gbl.spaces', 'personal'],
        ['19:team@thread.tacv2;messageid=1', 'channel'],
        ['19:meeting@thread.v2', 'groupChat'],
      ]) {
        const conversation = { id, conversationType, tenantId };
        const asked = { type: 'invoke', name: `composeExtension/${use}`, text: undefined, conversation, value };
        assert.equal((await post(activity(asked))).status, 200, use);
        assert.deepEqual(await Array.fromAsync(openPlaces(bench.records)), [own], `${use} in ${conversationType}`);
      }
  });

  it('says in the list whose copy could not be read, and in no message', async () => {
    const bench = await botBench();
    const search = bench.services.search.bind(bench.services);
    Object.assign(bench.services, {
      search: async function* (...[query, maySee, unreadable]: Parameters<typeof search>) {
        unreadable(bench.mailbox);
        yield* search(query, maySee, unreadable);
      },
    });
    const { post } = start(bench);
    const asked = async (sentence: string) => {
      const value = { commandId: 'findInHoldfast', parameters: [{ name: 'sentence', value: sentence }] };
      const { body } = await post(activity({ type: 'invoke', name: 'composeExtension/query', text: undefined, value }));
      return JSON.parse(body ?? '{}').composeExtension;
    };
    const incomplete = /Anna Berg \(Mail\)/i;
    assert.match((await asked('nothing of the kind')).text, incomplete);
    const { attachments } = await asked('one');
    assert.match(JSON.stringify(attachments[0].preview), incomplete);
    assert.match(JSON.stringify(attachments[0].preview), /one 0/);
    for (const { content } of attachments) assert.doesNotMatch(JSON.stringify(content), incomplete);
  });
});
