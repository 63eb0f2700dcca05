#include <vector>

#include "commands/command.h"
#include "commands/consume.h"
#include "commands/fanout.h"
#include "commands/publish.h"

namespace mscomm {

std::span<const Command> command_table() {
  static const std::vector<Command> table{
      {"publish", "send messages to a queue or an exchange", bind_publish},
      {"consume", "receive messages from a queue", bind_consume},
      {"fanout", "emit events, or listen to them", bind_fanout},
  };
  return table;
}

}  // namespace mscomm
