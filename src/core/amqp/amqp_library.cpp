#include "core/amqp/amqp_library.h"

#include <amqp.h>

namespace mscomm {

std::string amqp_library_version() { return std::string("rabbitmq-c ") + amqp_version(); }

}  // namespace mscomm
