/** Reads one address many times, four at once, when told "go" on its standard input: `node reader.mjs URL PERSONA COUNT`. */
import { once } from "node:events";
import { Agent, request } from "node:http";

const [url, persona, count] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
const headers = { "X-OpenStack-Ironic-API-Version": "1.115", "X-Persona": persona };
let left = Number(count);

const one = () =>
  new Promise((resolve, reject) => {
    request(url, { agent, headers, timeout: 30_000 }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} as ${persona}: ${answer.statusCode}`));
      answer.resume().on("end", resolve);
    })
      .on("error", reject)
      .end();
  });

const lane = async () => {
  while (left > 0) {
    left -= 1;
    await one();
  }
};

process.stdout.write("ready\n");
await once(process.stdin, "data");
await Promise.all([lane(), lane(), lane(), lane()]);
agent.destroy();
process.stdin.destroy();
