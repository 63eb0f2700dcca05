#pragma once

#include <memory>
#include <string>

#include "core/consume/delivery_decoder.h"
#include "core/consume/print_handler.h"

namespace mscomm {

class Expression;

// How a message can be printed. For a terminal control characters are made visible.

/// The body as it came, then `ending`.
Render render_body(std::string ending, bool for_terminal);
/// The record for people, then `ending`.
Render render_text(std::string ending);
/// The lossless record, one a line.
Render render_json();
/// A format string with the fields of delivery_fields(). Throws Error{usage} for a bad one.
Render render_fields(const std::string& format, bool for_terminal);
/// What a jq expression makes of the body. What it throws does not name the message.
Render render_results(std::shared_ptr<Expression> expression, bool for_terminal);

/// The same of what the decoder gives.
Render render_decoded(DeliveryDecoder decoder, Render render);

}  // namespace mscomm
