import { connectorContract } from '../../engine/testing/connectorContract.ts';
import { demoWorld } from '../testing/worlds.ts';

connectorContract('drive', () => demoWorld('drive'));
