#include "commands/consume_render.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/expression/expression.h"
#include "core/message/decompress.h"
#include "core/message/delivery_record.h"
#include "core/message/message_json.h"
#include "core/message/saved_messages.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

Render render_results(Expression& expression, bool for_terminal) {
  return [&expression, for_terminal](std::string& out, const Delivery& delivery, WallTime) {
    if (for_terminal) {
      std::string results;
      expression.append_results(results, delivery.body);
      out += visible(results);
    } else {
      expression.append_results(out, delivery.body);
    }
  };
}

Render render_record(const ConsumeOptions& options, const std::string& queue, bool for_terminal) {
  const auto delimiter =
      options.null_separated ? std::string(1, '\0') : unescape(options.delimiter, "--delimiter");
  switch (options.output.format) {
    case OutputFormat::raw:
      return [delimiter, for_terminal](std::string& out, const Delivery& delivery, WallTime) {
        out += for_terminal ? visible(delivery.body) : delivery.body;
        out += delimiter;
      };
    case OutputFormat::text:
      return [delimiter, &queue](std::string& out, const Delivery& delivery, WallTime time) {
        append_delivery_text(out, {delivery, queue, time});
        out += delimiter;
      };
    case OutputFormat::json:
      return [&queue](std::string& out, const Delivery& delivery, WallTime time) {
        append_message_json(out, delivery, queue, time);
        out += '\n';
      };
    case OutputFormat::custom:
      break;
  }
  const FormatString<DeliveryRecord> format(options.output.format_string, delivery_fields());
  return [format, &queue, for_terminal](std::string& out, const Delivery& delivery, WallTime time) {
    format.append(out, {delivery, queue, time}, for_terminal);
  };
}

Render save_messages(MessageSaver& saver, const std::string& queue) {
  return [&saver, &queue](std::string&, const Delivery& delivery, WallTime time) {
    saver.save(delivery, queue, time);
  };
}

// The broker counts the deliveries of a channel from 1, and so does a reader of the output.
std::string name_of(const Delivery& delivery, const std::string& queue) {
  auto name = fmt::format("message {} of queue '{}'", delivery.delivery_tag, queue);
  if (const auto& id = delivery.properties->message_id) {
    name += fmt::format(" (id '{}')", *id);
  }
  return name;
}

std::string_view hint_about_loss(const ConsumeOptions& options) {
  return options.plan.ack == AckMode::automatic
             ? "it is lost: --ack auto acknowledged it on receipt"
             : "it is not acknowledged; look at it with --peek -n 1 --format json";
}

// Runs `call`, and says of which message an error is.
template <class Call>
auto naming(const Delivery& delivery, const std::string& queue, const ConsumeOptions& options,
            Call call) {
  try {
    return call();
  } catch (Error& error) {
    error.add_context(name_of(delivery, queue)).add_hint(hint_about_loss(options));
    throw;
  }
}

// Whether arrays and objects of this well-formed JSON lie in each other deeper than jq reads them,
// with the record around them. Its parser's stack holds 256 (MAX_PARSING_DEPTH) arrays, objects and
// keys whose values are not complete.
bool is_too_deep_for_jq(std::string_view json) {
  constexpr int kObjectAndKey = 2;
  int depth = kObjectAndKey;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      i += c == '\\' ? 1U : 0U;
    } else if (c == '[' || c == '{') {
      if (depth >= 256) {
        return true;
      }
      depth += c == '{' ? kObjectAndKey : 1;
    } else if (c == ']' || c == '}') {
      depth -= c == '}' ? kObjectAndKey : 1;
    }
  }
  return false;
}

// The record, with its body also as the JSON that it is.
void append_filtered_record(std::string& out, const Delivery& delivery, const std::string& queue,
                            WallTime received_at) {
  JsonWriter json(out);
  json.begin_object();
  write_fields<DeliveryRecord>(json, delivery_fields(), {delivery, queue, received_at});
  if (nlohmann::json::accept(delivery.body) && !is_too_deep_for_jq(delivery.body)) {
    json.key("json").raw(delivery.body);
  }
  json.end_object();
}

}  // namespace

Render make_render(const ConsumeOptions& options, const std::string& queue, bool for_terminal) {
  auto render = options.saver        ? save_messages(*options.saver, queue)
                : options.expression ? render_results(*options.expression, for_terminal)
                                     : render_record(options, queue, for_terminal);
  if (!options.saver && !options.expression && !options.decompress) {
    return render;  // never fails
  }
  if (options.decompress) {
    render = [render = std::move(render), decompressor = Decompressor()](
                 std::string& out, const Delivery& delivery, WallTime time) mutable {
      render(out, decompressor.decoded(delivery), time);
    };
  }
  return [render = std::move(render), &options, &queue](std::string& out, const Delivery& delivery,
                                                        WallTime time) {
    naming(delivery, queue, options, [&] { render(out, delivery, time); });
  };
}

Matches make_matches(const ConsumeOptions& options, const std::string& queue) {
  if (!options.filter_expression) {
    return {};
  }
  return [&options, &queue, decompressor = Decompressor(), record = std::string()](
             const Delivery& delivery, WallTime received_at) mutable {
    return naming(delivery, queue, options, [&] {
      record.clear();
      append_filtered_record(record, options.decompress ? decompressor.decoded(delivery) : delivery,
                             queue, received_at);
      return options.filter_expression->holds(record);
    });
  };
}

}  // namespace mscomm
