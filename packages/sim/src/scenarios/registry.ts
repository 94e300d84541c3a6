import { attested } from './attested.ts';
import { attestedOptimistic } from './attested-optimistic.ts';
import { cartel } from './cartel.ts';
import { censorship } from './censorship.ts';
import { collusion } from './collusion.ts';
import { courtroom } from './courtroom.ts';
import { crowd } from './crowd.ts';
import { faults } from './faults.ts';
import { junk } from './junk.ts';
import { market } from './market.ts';
import { panels } from './panels.ts';
import { pressure } from './pressure.ts';
import type { Scenario } from './scenario.ts';
import { shipping } from './shipping.ts';
import { shippingFaults } from './shipping-faults.ts';
import { shippingMalice } from './shipping-malice.ts';
import { shippingNetworks } from './shipping-networks.ts';
import { shippingPanels } from './shipping-panels.ts';
import { siege } from './siege.ts';
import { tricks } from './tricks.ts';
import { vertices } from './vertices.ts';

/** Every scenario, in the order in which a batch takes turns. */
export const SCENARIOS: readonly Scenario[] = [
  market,
  panels,
  crowd,
  censorship,
  faults,
  cartel,
  collusion,
  courtroom,
  pressure,
  attested,
  attestedOptimistic,
  vertices,
  shipping,
  shippingPanels,
  shippingFaults,
  shippingMalice,
  shippingNetworks,
  siege,
  tricks,
  junk,
];
