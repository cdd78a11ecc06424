/** The shape of a functions app in small: two functions, and a bot that nobody loads before its first message. */
import { app } from '@azure/functions';

app.http('health', { route: 'health', methods: ['GET'], handler: () => ({ jsonBody: { up: true } }) });
app.http('messages', {
  route: 'messages',
  methods: ['POST'],
  handler: async () => {
    const { botReady } = await import('./bot.ts');
    return { jsonBody: { ready: botReady() } };
  },
});
