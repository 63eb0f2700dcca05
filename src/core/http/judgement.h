#pragma once

#include <optional>

#include "core/http/http.h"
#include "core/http/status_set.h"
#include "core/runtime/error.h"

namespace mscomm {

/// What is wrong with a finished exchange; nothing when its status was expected.
///
///   exchange                      | exit code
///   ------------------------------|-----------------
///   failed                        | the failure's own
///   status expected               | ok
///   401, 403, 407, not expected   | denied
///   any other status              | failed
std::optional<Error> judge(const HttpExchange& exchange, const StatusSet& expected);

}  // namespace mscomm
