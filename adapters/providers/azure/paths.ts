import { NexusError, type OperationPath } from 'nexusai-hub/provider-kit';

/** Where the paths of a resource begin. What people copy from the portal may hold some of the path already. */
export function baseUrlOf(endpoint: string, apiVersion: string | undefined): string {
  const url = new URL(endpoint);
  if (url.search !== '' || url.pathname.includes('/deployments/'))
    throw new TypeError(
      'azure: endpoint must be the resource alone, such as https://name.openai.azure.com; ' +
        'deployment and api-version have options of their own.',
    );
  const prefix = url.pathname.replace(/\/+$/, '').replace(/\/openai(?:\/v1)?$/, '');
  return `${url.origin}${prefix}/openai${apiVersion === undefined ? '/v1' : ''}`;
}

/**
 * The older path, which names the deployment.
 * @throws NexusError `provider_not_found` for a name that cannot be a deployment's.
 */
export function deploymentPath(deployment: string, path: OperationPath, apiVersion: string): string {
  if (!isDeployment(deployment)) throw new NexusError('provider_not_found', 'No deployment can have this name.');
  return `/deployments/${deployment}${path}?api-version=${apiVersion}`;
}

/** Letters, digits, `_`, `-` and `.`; never a step to another path. */
function isDeployment(name: string): boolean {
  return /^(?=.*\w)[-.\w]{1,64}$/.test(name);
}

/** A date, or nothing. */
export function checkVersion(apiVersion: unknown): void {
  if (apiVersion === undefined) return;
  if (typeof apiVersion === 'string' && /^\d{4}-\d\d-\d\d(?:-preview)?$/.test(apiVersion)) return;
  const got = typeof apiVersion === 'string' ? JSON.stringify(apiVersion.slice(0, 100)) : typeof apiVersion;
  throw new TypeError(
    `azure: apiVersion must be a date such as 2024-10-21, or absent for the v1 path; got ${got}. Is its variable set?`,
  );
}

/** Deployments by model name, or nothing. */
export function checkDeployments(deployments: unknown): void {
  if (deployments === undefined) return;
  if (typeof deployments !== 'object' || deployments === null || Array.isArray(deployments))
    throw new TypeError('azure: deployments must be an object: names of deployments by names of models.');
  for (const [model, deployment] of Object.entries(deployments)) {
    if (typeof deployment === 'string' && isDeployment(deployment)) continue;
    throw new TypeError(`azure: deployments["${model}"] must be the name of a deployment.`);
  }
}
