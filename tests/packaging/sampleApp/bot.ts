import { ActivityTypes, TeamsActivityHandler } from 'botbuilder';

export const botReady = (): boolean =>
  new TeamsActivityHandler() instanceof Object && ActivityTypes.Message === 'message';
