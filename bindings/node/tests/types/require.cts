// The same package from a CommonJS module.

import wa = require('wa-client');
import testing = require('wa-client/testing');

export async function use(): Promise<string> {
  const client: wa.Client = new wa.Client({ session: 'shop' });
  client.on('qr', (payload: string, { attempt }) => console.log(wa.qr.svg(payload), attempt));
  const sim: testing.Simulator = await testing.Simulator.start();
  await sim.stop();
  const error: wa.WaError | null = null;
  console.log(error);
  return wa.version;
}
