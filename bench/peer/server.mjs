// The peer: oidc-provider with Client-Initiated Backchannel Authentication, poll mode, and one page of our own, /approve,
// which stands for the phone's yes. Usage: node server.mjs PORT STORE, STORE = a file path or postgresql://…
// Prints "ready" when it listens. SIGTERM ends it.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider from 'oidc-provider';

const CIBA = 'urn:openid:params:grant-type:ciba';
const [, , port, store] = process.argv;

async function openStore() {
  if (store.startsWith('postgresql://')) return (await import('./postgres_adapter.mjs')).openPostgres(store);
  return (await import('./sqlite_adapter.mjs')).openSqlite(store);
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'bench' };
}

const nothing = async () => {};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: await openStore(),
  clients: [{
    client_id: 'bench', client_secret: 'bench-secret', grant_types: [CIBA], response_types: [], redirect_uris: [],
    token_endpoint_auth_method: 'client_secret_basic', backchannel_token_delivery_mode: 'poll',
  }],
  cookies: { keys: [randomBytes(32).toString('hex')] },
  jwks: { keys: [signingKey()] },
  findAccount: async (ctx, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
  ttl: {
    BackchannelAuthenticationRequest: 300, AccessToken: 900, IdToken: 900, Grant: 900,
  },
  features: {
    devInteractions: { enabled: false },
    ciba: {
      enabled: true,
      deliveryModes: ['poll'],
      processLoginHint: async (ctx, loginHint) => loginHint,
      triggerAuthenticationDevice: nothing,
      validateBindingMessage: nothing,
      validateRequestContext: nothing,
      verifyUserCode: nothing,
    },
  },
});

/** The user's yes: finds the request, makes the grant, hands over the result (as the library's documentation shows). */
async function approve(authReqId) {
  const request = await provider.BackchannelAuthenticationRequest.find(authReqId);
  const grant = new provider.Grant({ clientId: request.clientId, accountId: request.accountId });
  grant.addOIDCScope('openid');
  await grant.save();
  await provider.backchannelResult(request, grant, { acr: '0' });
}

provider.use(async (ctx, next) => {
  if (ctx.path !== '/approve') return next();
  await approve(ctx.query.auth_req_id);
  ctx.status = 204;
  return undefined;
});

const server = provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
server.keepAliveTimeout = 60_000;
process.once('SIGTERM', () => process.exit(0));
