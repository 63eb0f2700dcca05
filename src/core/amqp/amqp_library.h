#pragma once

#include <string>

namespace mscomm {

/// The AMQP library that is in use, for example "rabbitmq-c 0.11.0".
std::string amqp_library_version();

}  // namespace mscomm
