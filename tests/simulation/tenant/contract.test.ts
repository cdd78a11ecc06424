import { connectorContract } from '../../../engine/testing/connectorContract.ts';
import { simWorld } from './simWorld.ts';

connectorContract('mail over the simulated tenant', async () => simWorld('mail'));
connectorContract('drive over the simulated tenant', async () => simWorld('drive'));
