import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { SignJWT, type CryptoKey } from 'jose';
import { anna, admin, botBench, type BotBench } from '../testing/botBench.ts';
import { chatService, issuer, type ChatService } from '../testing/chatService.ts';
import { makeBotEndpoint, type BotRequest } from './botEndpoint.ts';
import { makeDeliverNotices } from './deliverNotices.ts';
import type { BotOptions } from './options.ts';

const tenantId = '11111111-2222-3333-4444-555555555555';
const botId = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';

let chat: ChatService;
before(async () => {
  chat = await chatService();
});
after(() => chat.close());
beforeEach(() => {
  chat.calls.length = 0;
  chat.refuseWith(undefined);
});

const activity = (change: object = {}) => ({
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
  text: 'help',
  ...change,
});

const optionsOf = (auth: 'required' | 'none', change: Partial<BotOptions> = {}): BotOptions => ({
  tenantId,
  auth,
  serviceHosts: [new URL(chat.address()).host],
  ...(auth === 'required' ? { app: { clientId: botId, credential: { kind: 'secret', secret: 'not used here' } } } : {}),
  issuer: { metadataUrl: `${chat.address()}/metadata`, name: issuer },
  ...change,
});

describe('who may talk to the bot', () => {
  interface Claims {
    readonly key?: CryptoKey;
    readonly kid?: string;
    readonly alg?: string;
    readonly claims?: object;
    readonly expires?: number;
  }
  const token = async (bench: BotBench, { key = chat.good, kid = 'good', claims = {}, expires = 600 }: Claims = {}) => {
    const now = Math.floor(bench.clock.now() / 1000);
    return `Bearer ${await new SignJWT({
      iss: issuer,
      aud: botId,
      serviceurl: chat.address(),
      iat: now,
      nbf: now,
      exp: now + expires,
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(key)}`;
  };
  const post = async (body: unknown, authorization?: string, bench?: BotBench) => {
    const world = bench ?? (await botBench());
    const endpoint = makeBotEndpoint(optionsOf('required'), world.services);
    return endpoint({ method: 'POST', headers: authorization === undefined ? {} : { authorization }, body });
  };

  const badTokens: readonly (readonly [string, (bench: BotBench) => Promise<string | undefined>])[] = [
    ['no token', async () => undefined],
    ['an empty header', async () => ''],
    ['another scheme', async (bench) => (await token(bench)).replace('Bearer', 'Basic')],
    ['no token after the scheme', async () => 'Bearer '],
    ['two parts', async (bench) => (await token(bench)).split('.').slice(0, 2).join('.')],
    ['a forged signature', (bench) => token(bench, { key: chat.other })],
    ['an unknown key', (bench) => token(bench, { key: chat.other, kid: 'other' })],
    ['a key for another channel', (bench) => token(bench, { key: chat.unendorsed, kid: 'unendorsed' })],
    ['another audience', (bench) => token(bench, { claims: { aud: 'somebody' } })],
    ['another issuer', (bench) => token(bench, { claims: { iss: 'https://sts.windows.net/x/' } })],
    ['an old token', (bench) => token(bench, { expires: -900 })],
    ['a token that never ends', (bench) => token(bench, { claims: { exp: undefined } })],
    [
      'a token of tomorrow',
      (bench) => token(bench, { claims: { nbf: Math.floor(bench.clock.now() / 1000) + 86_400 } }),
    ],
    ['another service address', (bench) => token(bench, { claims: { serviceurl: 'https://evil.example' } })],
    ['no service address', (bench) => token(bench, { claims: { serviceurl: undefined } })],
    [
      'no algorithm',
      async (bench) => {
        const [, payload] = (await token(bench)).replace('Bearer ', '').split('.');
        return `Bearer ${Buffer.from('{"alg":"none","kid":"good"}').toString('base64url')}.${payload}.`;
      },
    ],
    [
      'a symmetric algorithm with the public key',
      async (bench) => {
        const now = Math.floor(bench.clock.now() / 1000);
        const secret = new TextEncoder().encode('good'.repeat(16));
        return `Bearer ${await new SignJWT({ iss: issuer, aud: botId, serviceurl: chat.address(), exp: now + 600 }).setProtectedHeader({ alg: 'HS256', kid: 'good' }).sign(secret)}`;
      },
    ],
  ];
  for (const [name, make] of badTokens) {
    it(`401 for ${name}`, async (context) => {
      const printed = [
        context.mock.method(console, 'error', () => undefined),
        context.mock.method(console, 'warn', () => undefined),
      ];
      const bench = await botBench();
      assert.equal((await post(activity(), await make(bench), bench)).status, 401);
      assert.deepEqual(chat.calls, []);
      assert.ok(
        printed.every(({ mock }) => mock.callCount() === 0),
        'nothing is printed',
      );
    });
  }

  const badActivities: readonly (readonly [string, () => object, object?])[] = [
    ['no channel', () => activity({ channelId: undefined })],
    ['an empty channel', () => activity({ channelId: '' })],
    ['another channel', () => activity({ channelId: 'webchat' })],
    ['the emulator', () => activity({ channelId: 'emulator' })],
    ['no service address', () => activity({ serviceUrl: undefined })],
    [
      'a service address elsewhere',
      () => activity({ serviceUrl: 'https://evil.example/' }),
      { serviceurl: 'https://evil.example/' },
    ],
    [
      'a look-alike host',
      () => activity({ serviceUrl: 'https://smba.trafficmanager.net.evil.example/' }),
      { serviceurl: 'https://smba.trafficmanager.net.evil.example/' },
    ],
    [
      'a tenant of somebody else on the same manager',
      () => activity({ serviceUrl: 'https://evil.trafficmanager.net/' }),
      { serviceurl: 'https://evil.trafficmanager.net/' },
    ],
    [
      'plain http',
      () => activity({ serviceUrl: 'http://smba.trafficmanager.net/' }),
      { serviceurl: 'http://smba.trafficmanager.net/' },
    ],
    [
      'a name in the address',
      () => activity({ serviceUrl: 'https://smba.trafficmanager.net@evil.example/' }),
      { serviceurl: 'https://smba.trafficmanager.net@evil.example/' },
    ],
    ['no tenant', () => activity({ conversation: { id: 'c' }, channelData: {} })],
    ['another tenant', () => activity({ conversation: { id: 'c', tenantId: 'other' } })],
    ['two tenants', () => activity({ channelData: { tenant: { id: 'other' } } })],
    ['nobody', () => activity({ from: undefined })],
    ['somebody without an id in Entra', () => activity({ from: { id: '29:guest', name: 'Guest' } })],
    ['no conversation', () => activity({ conversation: undefined })],
  ];
  for (const [name, make, claims = {}] of badActivities) {
    it(`401 or 403 for ${name}, and nothing goes out`, async () => {
      const bench = await botBench();
      const { status } = await post(make(), await token(bench, { claims }), bench);
      assert.ok(status === 401 || status === 403, `answered ${status}`);
      assert.deepEqual(chat.calls, []);
      assert.equal((await bench.records.audit.list()).value.length, 0);
    });
  }

  it('refuses what is no activity', async () => {
    const bench = await botBench();
    for (const body of ['', '{', '[]', '"x"', 'null'])
      assert.equal((await post(body, await token(bench), bench)).status, 401);
    const endpoint = makeBotEndpoint(optionsOf('required'), bench.services);
    assert.equal((await endpoint({ method: 'GET', headers: {}, body: '' })).status, 405);
    assert.equal((await endpoint({ method: 'POST', headers: {}, body: 'x'.repeat(600_000) })).status, 413);
  });

  it('takes a token that is right in every part', async () => {
    const bench = await botBench();
    // The credential of the bot cannot be had offline, so the turn itself may fail; it was let in.
    const { status } = await post(
      activity({ type: 'conversationUpdate', membersAdded: [] }),
      await token(bench),
      bench,
    );
    assert.equal(status, 200);
  });
});

describe('in the playground', () => {
  const start = async (change: Partial<BotOptions> = {}) => {
    const bench = await botBench();
    const options = optionsOf('none', change);
    const endpoint = makeBotEndpoint(options, bench.services);
    const post = (body: object) => endpoint({ method: 'POST', headers: {}, body } satisfies BotRequest);
    return { bench, options, post, deliver: makeDeliverNotices(options, bench.services) };
  };
  const cards = () =>
    chat.calls.filter(({ body }) => body['type'] === 'message').map(({ body }) => JSON.stringify(body));

  it('answers a message in its conversation', async () => {
    const { post } = await start();
    assert.equal((await post(activity({ text: '<at>Holdfast</at> status' }))).status, 200);
    const [typing, answer] = chat.calls;
    assert.equal(typing?.body['type'], 'typing');
    assert.match(answer?.path ?? '', /\/v3\/conversations\/chat-anna\/activities/);
    assert.match(JSON.stringify(answer?.body), /Your data/);
  });

  it('says the zone of a time unless it is known to be the reader’s', async () => {
    const { post } = await start({ demoPerson: () => ({ id: admin.id, name: admin.name }) });
    const said = async (change: object) => {
      chat.calls.length = 0;
      await post(activity({ text: 'status', ...change }));
      const next = cards().flatMap((card) => /"title":"Next backup","value":"([^"]*)"/.exec(card)?.[1] ?? []);
      return next[0]
        ?.replaceAll(/\s/gu, ' ')
        .replaceAll('\\', '')
        .replace(/^.*?(\d+:)/, '$1');
    };
    const nobody = { localTimezone: undefined };
    const device = [{ type: 'clientInfo', timezone: 'Asia/Tokyo' }];
    assert.match((await said(nobody)) ?? '', /^\d+:\d\d [AP]M UTC$/);
    assert.match((await said({ ...nobody, entities: device })) ?? '', /^\d+:\d\d [AP]M$/);
    // From now on the zone of this person is known, whatever else comes without it.
    const tokyo = await said(nobody);
    assert.match(tokyo ?? '', /^\d+:\d\d [AP]M$/);
    const channel = { id: '19:ops', conversationType: 'channel', tenantId };
    assert.equal(await said({ ...nobody, conversation: channel }), `${tokyo} GMT+9`);
  });

  it('answers a message that is delivered twice once', async () => {
    const { post } = await start();
    const once = activity({ id: 'same' });
    await post(once);
    await post(once);
    assert.equal(cards().length, 1);
  });

  it('maps who sits at the keyboard to a person of the tenant', async () => {
    const { post } = await start({ demoPerson: () => ({ id: admin.id, name: admin.name }) });
    await post(activity({ text: 'status' }));
    assert.match(cards()[0] ?? '', /2 of 2/);
  });

  it('refuses guests in words', async () => {
    const { bench, post } = await start();
    bench.nowHolds(anna, undefined);
    await post(activity({ text: 'find one' }));
    assert.match(cards()[0] ?? '', /Guests ask the person who invited them/);
    const pressed = await post(invoke({ verb: 'search.run', data: { q: 'one' } }));
    assert.match(pressed.body ?? '', /Guests ask/);
    const [entry] = (await bench.records.audit.list()).value;
    assert.deepEqual(
      [entry?.who, entry?.action, entry?.on['verb'], entry?.on['why'], entry?.result],
      [anna.id, 'card.press', 'search.run', 'guest', 'refused'],
    );
  });

  const invoke = (action: object, change: object = {}) =>
    activity({
      type: 'invoke',
      name: 'adaptiveCard/action',
      replyToId: 'card-1',
      value: { action: { type: 'Action.Execute', ...action }, trigger: 'manual' },
      text: undefined,
      ...change,
    });

  it('answers a press with the card that takes its place, and says that one it does not know is out of date', async () => {
    const { bench, post } = await start();
    const answer = await post(invoke({ verb: 'search.run', data: { q: 'one' } }));
    const { statusCode, type, value } = JSON.parse(answer.body ?? '{}');
    assert.deepEqual(
      [answer.status, statusCode, type, value.type],
      [200, 200, 'application/vnd.microsoft.card.adaptive', 'AdaptiveCard'],
    );
    assert.match(JSON.stringify(value), /one 0/);
    const unknown = [
      { verb: 'approval.approve', data: { requestId: 'x', role: 'admin' } },
      { verb: 'restore.everything', data: {} },
      { verb: '<script>', data: {} },
    ];
    for (const press of unknown) {
      const old = await post(invoke(press));
      assert.match(old.body ?? '', /card is out of date.*Nothing was done/);
    }
    const entries = (await bench.records.audit.list()).value.toReversed();
    assert.deepEqual(
      entries.map(({ who, action, on, result }) => [who, action, on['verb'], on['why'], result]),
      ['approval.approve', 'restore.everything', 'unknown'].map((verb) => [
        anna.id,
        'card.press',
        verb,
        'unknown',
        'refused',
      ]),
    );
    assert.deepEqual(chat.calls, []);
  });

  it('follows a backup in place until it ended, then lets go', async () => {
    const { bench, post, deliver } = await start({ demoPerson: () => ({ id: admin.id, name: admin.name }) });
    await post(activity({ text: 'backup now' }));
    const confirm = /"version":"([0-9a-f]{32})"/.exec(cards()[0] ?? '')?.[1];
    await post(invoke({ verb: 'backup.confirm', data: { policyId: 'ab'.repeat(16), version: confirm } }));
    const [run] = (await bench.records.runs.list()).value;
    assert.ok(run);
    chat.calls.length = 0;
    assert.equal((await deliver()).updated, 1);
    assert.deepEqual([chat.calls[0]?.method, chat.calls[0]?.path.endsWith('/activities/card-1')], ['PUT', true]);
    await bench.clock.advance(5000);
    assert.deepEqual(await deliver(), { sent: 0, updated: 0, waiting: 0, lost: 0 });
    await bench.changeRun(run.id, { state: 'completed', status: 'complete' });
    await bench.clock.advance(15_000);
    assert.equal((await deliver()).updated, 1);
    assert.doesNotMatch(JSON.stringify(chat.calls.at(-1)?.body), /Cancel backup/);
    assert.deepEqual(await bench.records.outbox.list(), []);
  });

  it('stops following a card that is gone', async () => {
    const { bench, post, deliver } = await start({ demoPerson: () => ({ id: admin.id, name: admin.name }) });
    await post(activity({ text: 'backup now' }));
    const confirm = /"version":"([0-9a-f]{32})"/.exec(cards()[0] ?? '')?.[1];
    await post(invoke({ verb: 'backup.confirm', data: { policyId: 'ab'.repeat(16), version: confirm } }));
    chat.refuseWith(404);
    assert.equal((await deliver()).lost, 1);
    assert.deepEqual(await bench.records.outbox.list(), []);
    assert.ok(bench.log.lines.some(({ event }) => event === 'bot.cardGone'));
  });

  it('opens a dialog under a message and goes on in it', async () => {
    const { post } = await start();
    const fetched = await post(
      activity({
        type: 'invoke',
        name: 'composeExtension/fetchTask',
        text: undefined,
        conversation: { id: 'group', conversationType: 'channel', tenantId },
        value: {
          commandId: 'restoreWithHoldfast',
          commandContext: 'message',
          messagePayload: { id: '1', subject: 'one 0' },
        },
      }),
    );
    const { task } = JSON.parse(fetched.body ?? '{}');
    assert.equal(task.type, 'continue');
    const text = JSON.stringify(task.value.card);
    assert.doesNotMatch(text, /Action\.Execute/);
    const form = /"data":(\{[^{}]*"verb":"restore\.form"[^{}]*\})/.exec(text)?.[1];
    assert.ok(form);
    const submitted = await post(
      activity({
        type: 'invoke',
        name: 'composeExtension/submitAction',
        text: undefined,
        value: { commandId: 'restoreWithHoldfast', commandContext: 'message', data: JSON.parse(form) },
      }),
    );
    assert.match(submitted.body ?? '', /Where to/);
  });

  it('keeps what may name people out of a channel', async () => {
    const { post } = await start();
    await post(activity({ text: 'help' }));
    chat.calls.length = 0;
    await post(
      activity({ text: 'find one', conversation: { id: '19:ops;messageid=7', conversationType: 'channel', tenantId } }),
    );
    const inChannel = chat.calls.filter(({ path }) => decodeURIComponent(path).includes('19:ops'));
    assert.equal(inChannel.length, 1);
    assert.match(JSON.stringify(inChannel[0]?.body), /answered in our private chat/);
    const inPrivate = chat.calls.find(({ path }) => path.includes('chat-anna'));
    assert.match(JSON.stringify(inPrivate?.body), /one 0/);
  });

  it('says where to ask when there is no private chat yet', async () => {
    const { post } = await start();
    await post(activity({ text: 'find one', conversation: { id: '19:ops', conversationType: 'channel', tenantId } }));
    assert.match(cards()[0] ?? '', /Write to me in our private chat/);
    assert.doesNotMatch(cards().join(), /one 0/);
  });
});
