import type { KeyStatus, KeyVerification } from '../../../contract/service.ts';
import { administrator } from '../administrator.ts';
import { json } from '../answer.ts';
import { auditEntry } from '../audit.ts';
import type { Handlers } from '../handler.ts';
import { shownChange } from './retention.ts';

export const keyRoutes: Handlers<'getKeys' | 'verifyKey' | 'rotateKeys'> = {
  getKeys:
    async ({ services }) =>
    async () => {
      const { epochs, ...status } = await services.keys.status();
      const shown: KeyStatus = { ...status, epochs: epochs.map((each) => ({ ...each, wraps: [...each.wraps] })) };
      return json(shown);
    },

  verifyKey:
    async (asked) =>
    async ({ body }) => {
      const { who, name, from } = auditEntry(asked, 'key.verify', {});
      const doer = { who, ...(name !== undefined && { name }), ...(from !== undefined && { from }) };
      const { isProved, keyId, at, detail } = await asked.services.keys.prove(body.recoveryKey, doer);
      const verification: KeyVerification = isProved
        ? { result: 'ok', keyId, verifiedAt: at, detail }
        : { result: 'refused', keyId, detail };
      return json(verification);
    },

  rotateKeys:
    async ({ services, caller }) =>
    async ({ body }) => {
      const wish = { kind: 'rotateKeys', from: await services.keys.rotatesFrom() } as const;
      const change = await services.retention.ask(administrator(caller), wish, body?.reason);
      return json(await shownChange(services, change), 202);
    },
};
