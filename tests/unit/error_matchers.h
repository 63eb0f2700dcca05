#pragma once

#include <gmock/gmock.h>

#include <string>

#include "core/runtime/error.h"

namespace mscomm::test {

/// Runs `action`, which must throw an Error, and returns "exit_name: message | hint".
template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    auto text = std::string(exit_name(error.reason())) + ": " + error.what();
    return error.hint().empty() ? text : text + " | " + error.hint();
  }
  return "no error was thrown";
}

}  // namespace mscomm::test
