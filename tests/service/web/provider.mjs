// An identity provider that others wrote and certified (oidc-provider), told by one JSON object on its standard input:
// folder (where npm installed it), port, keys (of its own, as private JWKs), client, people (claims by subject).
// Whom it signs in says the form that is sent to the address of its interaction: subject=...; a subject that it does
// not know is somebody who goes away.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const told = JSON.parse(readFileSync(0, "utf8"));
const { default: Provider } = await import(`${told.folder}/node_modules/oidc-provider/lib/index.js`);

const provider = new Provider(`http://127.0.0.1:${told.port}`, {
  clients: [told.client],
  jwks: { keys: told.keys },
  cookies: { keys: ["of this test alone"] },
  pkce: { methods: ["S256"], required: () => true },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => told.people[sub] && { accountId: sub, claims: () => ({ sub, ...told.people[sub] }) },
  // What a client of the company's own may be told nobody is asked about.
  loadExistingGrant: async (context) => {
    const grant = new provider.Grant({
      accountId: context.oidc.session.accountId,
      clientId: context.oidc.client.clientId,
    });
    grant.addOIDCScope("openid email profile groups");
    await grant.save();
    return grant;
  },
});

async function signIn(request, response) {
  await provider.interactionDetails(request, response);
  if (request.method !== "POST") {
    response.end("Who are you?");
    return;
  }
  let sent = "";
  for await (const piece of request) sent += piece;
  const subject = new URLSearchParams(sent).get("subject");
  const result = told.people[subject] ? { login: { accountId: subject } } : { error: "access_denied" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const answer = provider.callback();
createServer((request, response) => {
  if (!request.url.startsWith("/interaction/")) return answer(request, response);
  return signIn(request, response).catch((error) => response.writeHead(400).end(`${error.message}\n`));
}).listen(told.port, "127.0.0.1", () => console.log("listening"));
