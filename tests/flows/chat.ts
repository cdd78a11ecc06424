import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chatService, type ChatService } from '../../bot/testing/chatService.ts';
import { partsOf, readable } from '../../bot/testing/botBench.ts';
import type { Card } from '../../bot/cards/card.ts';
import { type Flow, PEOPLE, until } from './harness.ts';

/** A card in somebody's chat: as it was sent, and as it became. */
export interface Shown {
  readonly conversation: string;
  readonly activityId: string;
  readonly card: Card;
}

/** The chat service of people beside a started product: what they write and press, and what the bot says to them. */
export class Chat {
  readonly #service: ChatService;
  readonly #flow: Flow;
  readonly #tenantId: string;

  private constructor(service: ChatService, flow: Flow, tenantId: string) {
    this.#service = service;
    this.#flow = flow;
    this.#tenantId = tenantId;
  }

  /** Everybody signs in to the console once: in the chat nobody has a role that no token showed. */
  static async open(flow: Flow): Promise<Chat> {
    for (const alias of Object.values(PEOPLE)) await flow.as(alias).call('getMe', {});
    const [, claims = ''] = (await flow.tenant.token(PEOPLE.admin)).split('.');
    const { tid } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { tid: string };
    return new Chat(await chatService(), flow, tid);
  }

  close(): Promise<unknown> {
    return this.#service.close();
  }

  /** What the bot said so far; to look at what came since. */
  get mark(): number {
    return this.#service.calls.length;
  }

  async activity(alias: string, change: object): Promise<object> {
    const { id, name } = await this.#flow.tenant.user(alias);
    return {
      type: 'message',
      id: randomUUID(),
      channelId: 'msteams',
      serviceUrl: this.#service.address(),
      from: { id: `29:${alias}`, name: name ?? alias, aadObjectId: id },
      recipient: { id: '28:bot', name: 'Holdfast' },
      conversation: { id: `chat-${alias}`, conversationType: 'personal', tenantId: this.#tenantId },
      channelData: { tenant: { id: this.#tenantId } },
      locale: 'en-US',
      localTimezone: 'Europe/Berlin',
      ...change,
    };
  }

  async post(activity: object): Promise<{ readonly status: number; readonly body: string }> {
    const answer = await fetch(`${this.#flow.api}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(activity),
    });
    return { status: answer.status, body: await answer.text() };
  }

  /** Writes to the bot in private; answers the card that came back. */
  async say(alias: string, text: string): Promise<Shown> {
    const before = this.mark;
    const { status } = await this.post(await this.activity(alias, { text }));
    assert.equal(status, 200);
    const [answer] = this.cards(alias, before);
    assert.ok(answer, `"${text}" is answered with a card`);
    return answer;
  }

  /** Presses a button of a card; answers the card that takes its place, or the words. */
  async press(alias: string, shown: Shown, title: string, inputs: object = {}): Promise<Shown> {
    const button = partsOf(shown.card).find((part) => part.type === 'Action.Execute' && part.title === title);
    assert.ok(button, `there is a button "${title}" on: ${readable(shown.card)}`);
    return this.invoke(alias, shown, { verb: button.verb, data: { ...button.data, ...inputs } });
  }

  async invoke(alias: string, shown: Shown, action: object): Promise<Shown> {
    const { status, body } = await this.post(
      await this.activity(alias, {
        type: 'invoke',
        name: 'adaptiveCard/action',
        replyToId: shown.activityId,
        value: { action: { type: 'Action.Execute', ...action }, trigger: 'manual' },
      }),
    );
    assert.equal(status, 200, body);
    const { value } = JSON.parse(body) as { value: Card | string };
    return {
      ...shown,
      card: typeof value === 'string' ? ({ body: [{ type: 'TextBlock', text: value }] } as unknown as Card) : value,
    };
  }

  /** Cards that came to this person since `mark`, each as it is now. */
  cards(alias: string, mark = 0): readonly Shown[] {
    const conversation = `chat-${alias}`;
    const found = new Map<string, Shown>();
    for (const [index, { method, path, body }] of this.#service.calls.entries()) {
      const attachments = body['attachments'] as readonly { readonly content: Card }[] | undefined;
      const [, where, activityId] =
        /conversations\/([^/]+)\/activities(?:\/(.+))?$/.exec(decodeURIComponent(path)) ?? [];
      if (where !== conversation || attachments?.[0] === undefined) continue;
      const id = method === 'PUT' ? (activityId ?? '') : `activity-${index + 1}`;
      if (index >= mark || found.has(id)) found.set(id, { conversation, activityId: id, card: attachments[0].content });
    }
    return [...found.values()];
  }

  /** Waits until this person has a card that reads so: the bot speaks first, or brings a card up to date. */
  async told(alias: string, what: RegExp, mark = 0): Promise<Shown> {
    const seen = await until(
      `${alias} reads ${what}`,
      async () => this.cards(alias, mark).map((shown) => ({ shown, text: readable(shown.card) })),
      (cards) => cards.some(({ text }) => what.test(text)),
      90_000,
    );
    const found = seen.find(({ text }) => what.test(text));
    assert.ok(found);
    return found.shown;
  }
}
