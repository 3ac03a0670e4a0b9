import { expect, it } from "vitest";
import { JobRequests } from "../src/state/job-requests.svelte";

class Panel extends JobRequests {
  readonly job = null;
  override request = super.request;
}

it("a panel is busy until the last of its requests is answered", async () => {
  const panel = new Panel();
  let answer: () => void = () => undefined;
  const slow = panel.request(() => new Promise((resolve) => (answer = resolve)));
  await panel.request(async () => undefined);
  expect(panel.busy).toBe(true);
  answer();
  await slow;
  expect(panel.busy).toBe(false);
});
