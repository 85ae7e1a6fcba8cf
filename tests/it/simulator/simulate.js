// Decides requests with @cloud-copilot/iam-simulate: JSON on standard input, a verdict per line on standard output.
import { readFileSync } from "node:fs";
import { anonymousPrincipal, runSimulation } from "@cloud-copilot/iam-simulate";

const { policies, requests } = JSON.parse(readFileSync(0, "utf8"));
const verdicts = [];
for (const { principal, action, resource, account, identity, bucket, context } of requests) {
  const result = await runSimulation(
    {
      request: { principal: principal ?? anonymousPrincipal, action, resource: { resource, accountId: account }, contextVariables: context },
      identityPolicies: identity.map((index) => ({ name: `policy-${index}`, policy: policies[index] })),
      resourcePolicy: bucket === null ? undefined : policies[bucket],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  verdicts.push(result.resultType === "single" ? result.overallResult : `error ${JSON.stringify(result.errors ?? result)}`);
}
process.stdout.write(verdicts.join("\n"));
