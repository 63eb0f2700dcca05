#include <array>

#include "commands/breaker.h"
#include "commands/command.h"
#include "commands/consume.h"
#include "commands/fanout.h"
#include "commands/get.h"
#include "commands/options/consume_options.h"
#include "commands/probe.h"
#include "commands/publish.h"

namespace mscomm {
namespace {

constexpr std::array kCommands{
    Command{"get", "call an HTTP service; exit 0 only if its status is the expected one", bind_get,
            get_field_help, load_field_help},
    Command{"post", "as get, with POST", bind_post, get_field_help, load_field_help},
    Command{"put", "as get, with PUT", bind_put, get_field_help, load_field_help},
    Command{"patch", "as get, with PATCH", bind_patch, get_field_help, load_field_help},
    Command{"delete", "as get, with DELETE", bind_delete, get_field_help, load_field_help},
    Command{"head", "as get, with HEAD: prints the headers", bind_head, get_field_help,
            load_field_help},
    Command{"publish", "send messages to a queue or an exchange", bind_publish},
    Command{"consume", "print the messages of a queue", bind_consume, consume_field_help},
    Command{"fanout", "emit events, or listen to them", bind_fanout, consume_field_help},
    Command{"probe", "find out whether services are healthy, or wait until they are", bind_probe,
            probe_field_help},
    Command{"breaker", "show, open or close the circuits that calls leave behind", bind_breaker,
            breaker_field_help},
};

}  // namespace

std::span<const Command> command_table() { return kCommands; }

}  // namespace mscomm
