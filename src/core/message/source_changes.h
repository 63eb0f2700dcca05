#pragma once

#include <cstdint>
#include <memory>

#include "core/message/source.h"

namespace mscomm {

// Sources that change the messages of another source.

/// The only message of `source`, `count` times.
std::unique_ptr<MessageSource> repeated(std::unique_ptr<MessageSource> source, std::uint64_t count);

/// The messages of `source` with their bodies filled in: `{seq}` is the message's number from 1,
/// `{uuid}` a random UUID (RFC 9562, version 4) and `{now}` the time (RFC 3339, UTC, milliseconds).
/// Other braces stay.
std::unique_ptr<MessageSource> templated(std::unique_ptr<MessageSource> source);

}  // namespace mscomm
