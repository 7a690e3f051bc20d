/** Event subscriptions: a change of the machine is posted to whoever asked for it. */
import {
  type At,
  type Body,
  collection,
  DONE,
  fault,
  GOOD,
  head,
  link,
  missing,
  type Reply,
  type Resource,
  textOf,
} from "../exchange.ts";
import type { Subscription } from "../state.ts";

const SERVICE = "/redfish/v1/EventService";
const SUBSCRIPTIONS = `${SERVICE}/Subscriptions`;
const TEST = `${SERVICE}/Actions/EventService.SubmitTestEvent`;
const MOST = 16;

function subscriptionBody({ id, destination, context }: Subscription): Body {
  return {
    ...head(`${SUBSCRIPTIONS}/${id}`, "EventDestination.v1_14_0.EventDestination", id, `Subscription ${id}`),
    Destination: destination,
    Context: context,
    Protocol: "Redfish",
    SubscriptionType: "RedfishEvent",
    EventFormatType: "Event",
    EventTypes: ["Alert"],
    HttpHeaders: [],
    Status: GOOD,
  };
}

function subscribe({ state, body }: At): Reply {
  const destination = textOf(body.Destination);
  if (destination === null) return missing("Destination");
  if (!URL.canParse(destination) || !/^https?:/.test(destination))
    return fault(400, "PropertyValueFormatError", `Destination "${destination}" is no URL.`, ["Destination"]);
  if (textOf(body.Protocol) !== "Redfish") return missing("Protocol");
  if (state.subscriptions.size >= MOST)
    return fault(503, "EventSubscriptionLimitExceeded", "There is no room for another subscription; delete one.");
  const id = state.nextId();
  const subscription = { id, destination, context: textOf(body.Context) ?? "" };
  state.subscriptions.set(id, subscription);
  return {
    status: 201,
    body: subscriptionBody(subscription),
    headers: { location: `${SUBSCRIPTIONS}/${id}` },
  };
}

export const EVENT_RESOURCES: readonly Resource[] = [
  {
    path: SERVICE,
    GET: ({ path }) => ({
      ...head(path, "EventService.v1_10_0.EventService", "EventService", "Event Service"),
      ServiceEnabled: true,
      DeliveryRetryAttempts: 0,
      EventTypesForSubscription: ["Alert"],
      EventFormatTypes: ["Event"],
      Status: GOOD,
      Subscriptions: link(SUBSCRIPTIONS),
      Actions: { "#EventService.SubmitTestEvent": { target: TEST } },
    }),
  },
  {
    path: SUBSCRIPTIONS,
    GET: ({ state, path }) =>
      collection(path, "EventDestinationCollection", "Event Subscriptions", [...state.subscriptions.keys()]),
    POST: subscribe,
  },
  {
    path: `${SUBSCRIPTIONS}/{subscription}`,
    GET: ({ state, params: [id = ""] }) => {
      const found = state.subscriptions.get(id);
      return found === undefined ? null : subscriptionBody(found);
    },
    DELETE: ({ state, params: [id = ""] }) => (state.subscriptions.delete(id) ? DONE : null),
  },
  {
    path: TEST,
    POST: ({ state, body }) => {
      state.tell(textOf(body.MessageId) ?? "ResourceEvent.1.3.TestMessage", textOf(body.Message) ?? "A test.");
      return DONE;
    },
  },
];
