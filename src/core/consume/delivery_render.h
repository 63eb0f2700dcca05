#pragma once

#include <memory>
#include <string>

#include "core/consume/delivery_decoder.h"
#include "core/consume/print_handler.h"

namespace mscomm {

class Expression;

// The ways to print a message. For a terminal, control characters are made visible.

/// The body unchanged, then `ending`.
Render render_body(std::string ending, bool for_terminal);
/// The record for people, then `ending`.
Render render_text(std::string ending);
/// The lossless record, one a line.
Render render_json();
/// A format string with the fields of delivery_fields(). Throws Error{usage} for a bad one.
Render render_fields(const std::string& format, bool for_terminal);
/// The results of a jq expression over the body. Its errors do not name the message.
Render render_results(std::shared_ptr<Expression> expression, bool for_terminal);

/// Renders with `render`, after the decoder has decompressed the body.
Render render_decoded(DeliveryDecoder decoder, Render render);

}  // namespace mscomm
