"""What RabbitMQ of a given version refuses, in its own words.

Each rule names the module of rabbitmq-server that it was read from, at the tag v4.3.0 where nothing
else stands: what the source does counts, also where release notes say more.
"""
CODES = {403: "ACCESS_REFUSED", 404: "NOT_FOUND", 405: "RESOURCE_LOCKED",
         406: "PRECONDITION_FAILED", 503: "COMMAND_INVALID", 530: "NOT_ALLOWED",
         541: "INTERNAL_ERROR"}
CLOSE_CONNECTION = {503, 530, 541}  # rabbit_framing_amqp_0_9_1:lookup_amqp_exception

DENIED = """Feature `{}` is deprecated.
By default, this feature is not permitted anymore.
The feature will be removed from a future major RabbitMQ version, regardless of the configuration; \
actual version to be determined.
To continue using this feature when it is not permitted by default, set the following parameter in \
your configuration:
    "deprecated_features.permit.{} = true\""""

# rabbit_classic_queue, rabbit_quorum_queue: capabilities(); those that only one of them has
ONLY = {"classic": {"x-max-priority", "x-queue-mode", "x-queue-version", "x-queue-master-locator"},
        "quorum": {"x-delivery-limit", "x-dead-letter-strategy", "x-quorum-initial-group-size"}}


class Refusal(Exception):
    """The code and the text of a channel.close, or of a connection.close where the code says so."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code
        full = f"{CODES[code]} - {text}"
        self.text = full if len(full) <= 255 else full[:252] + "..."  # chars_limit, a shortstr
        self.ends_connection = code in CLOSE_CONNECTION


def queue_name(name):
    return f"queue '{name}' in vhost '/'"


def exchange_name(name):
    return f"exchange '{name}' in vhost '/'"


class Rules:
    """The rules of one version; `of` is the numbers in it."""

    def __init__(self, version):
        self.of = tuple(int(number) for number in version.split("."))
        self.max_message_size = 16777216 if self.of >= (4, 0) else 134217728
        # rabbit_framing.hrl: FRAME_MIN_SIZE
        self.least_frame_max = 8192 if self.of >= (4, 1) else 4096
        # rabbit_fifo: #return{} does not count from 4.3.0, #modify{delivery_failed = true} does
        self.nack_counts = self.of < (4, 3)
        self.default_delivery_limit = 20 if self.of >= (4, 0) else None
        # rabbit_channel: handle_queue_actions, {released, ..., timeout}
        self.timeout_is_cancel = self.of >= (4, 3)
        # rabbit_volatile_queue, since 4.2: it is in what a message was routed to
        self.returns_direct_replies = self.of < (4, 2)
        # rabbit_channel: handle_method(#'basic.qos'{global = true}) goes on as if it were false
        self.has_global_qos = self.of < (4, 3)

    def check_tune(self, frame_max):
        # rabbit_reader: validate_negotiated_integer_value
        if 0 < frame_max < self.least_frame_max:
            raise Refusal(530, f"negotiated frame_max = {frame_max} is lower than the minimum allowed "
                               f"value ({self.least_frame_max})")

    def check_queue(self, name, durable, exclusive, arguments):
        """A queue that is about to be made (rabbit_amqqueue:declare)."""
        kind = arguments.get("x-queue-type", "classic")
        if kind == "classic" and "x-queue-version" in arguments:
            number = arguments["x-queue-version"]
            if number not in ((2,) if self.of >= (4, 3) else (1, 2)):
                raise Refusal(406, f"invalid arg 'x-queue-version' for {queue_name(name)}: "
                                   f"\"unsupported queue version '{number}'\"")
        for argument in arguments:
            if any(argument in ONLY[other] for other in ONLY if other != kind):
                raise Refusal(406, f"invalid arg '{argument}' for {queue_name(name)} of queue type "
                                   f"rabbit_{kind}_queue")
        if not durable and not exclusive and self.of >= (4, 3):
            raise Refusal(541, DENIED.format(*["transient_nonexcl_queues"] * 2))
        if "x-queue-master-locator" in arguments and self.of >= (4, 3):
            raise Refusal(541, DENIED.format(*["queue_master_locator"] * 2))

    def check_passive(self, user, resource):
        # rabbit_channel: only at the tags v4.2.6 and v4.3.0
        if self.of in ((4, 2, 6), (4, 3, 0)):
            self.check_access(user, "configure", resource)

    @staticmethod
    def check_access(user, what, resource):
        """The user `reader` may read, `worker` also write, and any other everything."""
        if what not in {"reader": ("read",), "worker": ("read", "write")}.get(user, (what,)):
            raise Refusal(403, f"{what} access to {resource} refused for user '{user}'")

    def check_binding(self, kind, key):
        # rabbit_exchange_type_topic at v4.3.5
        hashes = key.split(".").count("#")
        if kind == "topic" and hashes > 2 and self.of >= (4, 3, 5):
            raise Refusal(406, f"Topic binding key '{key}' uses {hashes} '#' wildcards, "
                               "at most 2 are allowed")

    def check_exchange(self, kind):
        if kind not in ("direct", "fanout", "topic", "headers"):  # rabbit_exchange:check_type
            code = 406 if self.of >= (4, 0) else 503
            raise Refusal(code, f"unknown exchange type '{kind}'")

    def check_message(self, size):
        if size > self.max_message_size:
            raise Refusal(406, f"message size {size} is larger than configured max size "
                               f"{self.max_message_size}")

    def timeout_text(self):
        # A queue knows no channel's time: -1
        return ("delivery acknowledgement on channel 1 timed out. Timeout value used: "
                f"{-1 if self.timeout_is_cancel else 1800000} ms. This timeout value can be "
                "configured, see consumers doc guide to learn more")
