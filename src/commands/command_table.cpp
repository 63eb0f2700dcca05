#include <vector>

#include "commands/command.h"
#include "commands/consume.h"
#include "commands/fanout.h"
#include "commands/get.h"
#include "commands/probe.h"
#include "commands/publish.h"

namespace mscomm {

std::span<const Command> command_table() {
  static const std::vector<Command> table{
      {"get", "call a REST service; exit 0 only if its status is the expected one", bind_get},
      {"post", "as get, with POST", bind_post},
      {"put", "as get, with PUT", bind_put},
      {"patch", "as get, with PATCH", bind_patch},
      {"delete", "as get, with DELETE", bind_delete},
      {"head", "as get, with HEAD: prints the headers", bind_head},
      {"publish", "send messages to a queue or an exchange", bind_publish},
      {"consume", "receive messages from a queue", bind_consume},
      {"fanout", "emit events, or listen to them", bind_fanout},
      {"probe", "find out whether services are healthy, or wait until they are", bind_probe,
       probe_field_help},
  };
  return table;
}

}  // namespace mscomm
