/** The SDK's client of STS, with the one command that is used of it. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { STSClientConfig } from '@aws-sdk/client-sts';

/** Makes the client. */
export const stsClient = (config: STSClientConfig) => new STSClient(config);

/** The command that asks who is asking; everybody may. */
export const callerIdentity = () => new GetCallerIdentityCommand({});
