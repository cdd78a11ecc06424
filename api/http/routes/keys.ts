import { json } from '../answer.ts';
import { audit } from '../audit.ts';
import type { Handlers } from '../handler.ts';

export const keyRoutes: Handlers<'verifyKey'> = {
  verifyKey:
    async (asked) =>
    async ({ body }) => {
      const verification = await asked.services.probes.recoveryKey(body.recoveryKey);
      await audit(
        asked,
        'key.verify',
        { keyId: verification.keyId },
        verification.result === 'ok' ? 'done' : 'refused',
      );
      return json(verification);
    },
};
