#include "commands/options/message_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "commands/line/option_types.h"
#include "commands/options/origin_option.h"
#include "core/message/saved_messages.h"
#include "core/message/source_changes.h"
#include "core/message/table_json.h"
#include "core/runtime/duration.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

constexpr std::string_view kStandardInput = "standard input";
constexpr std::string_view kOneWay = "give the messages in one way";

void add_header(FieldTable& headers, const std::string& text, const std::string& what) {
  const auto equals = text.find('=');
  const bool typed = equals != std::string::npos && equals > 0 && text[equals - 1] == ':';
  const auto name = text.substr(0, equals == std::string::npos ? 0 : equals - (typed ? 1 : 0));
  if (name.empty()) {
    // What follows the first word may be a credential.
    const auto word = text.substr(0, text.find_first_of(": \t"));
    throw Error(Exit::usage,
                fmt::format("{}: '{}' is neither NAME=TEXT nor NAME:=JSON", what, word),
                "for example -H tenant=acme or -H retries:=3");
  }
  // Of two, the last counts: brokers differ in which of them they take (RabbitMQ 3 and 4).
  std::erase_if(headers, [&](const auto& header) { return header.first == name; });
  const auto value = text.substr(equals + 1);
  headers.emplace_back(name, typed ? field_from_json(value, fmt::format("{} {}", what, name))
                                   : FieldValue::text(value));
}

std::uint64_t parse_timestamp(const std::string& text, const std::string& what) {
  if (text == "now") {
    return static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::seconds>(SystemClock().wall()).time_since_epoch().count());
  }
  std::uint64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    throw Error(Exit::usage, fmt::format("{}: '{}' is not a time", what, text),
                "write seconds since 1970, or now");
  }
  return seconds;
}

// The `expiration` property is a text: milliseconds in decimal.
std::string parse_expiration(const std::string& text, const std::string& what) {
  return std::to_string(std::chrono::ceil<Milliseconds>(parse_duration(text, what)).count());
}

}  // namespace

void bind_body_options(CommandLine& line, BodyOptions& options) {
  OptionGroup body(line, "Body");
  body.flag("--lines", options.lines, "each line of stdin is a message")
      .excludes({"BODY", "--null", "--delimiter", "--jsonl", "--file", "--dir"}, kOneWay);
  body.flag("--jsonl", options.records,
            "each line of stdin is a message record, as 'consume --format json' prints it")
      .excludes({"BODY", "--null", "--delimiter", "--file", "--dir"}, kOneWay);
  body.list("--file", options.files, "FILE", "this file is one message")
      .excludes({"BODY", "--null", "--delimiter", "--dir"}, kOneWay);
  body.text(
          "--dir", options.folder, "DIR",
          "each message that was saved into this folder, in their order; 'consume --save' does so")
      .excludes({"BODY", "--null", "--delimiter"}, kOneWay);
}

void bind_division_options(CommandLine& line, BodyOptions& options) {
  OptionGroup body(line, "Body");
  body.flag("--null", options.null_separated,
            "each piece of stdin that a NUL byte ends is a message")
      .excludes({"BODY", "--delimiter"}, kOneWay);
  body.text("--delimiter", options.delimiter, "TEXT",
            "each piece of stdin that TEXT ends is a message; \\n, \\t, \\0 and \\xNN are "
            "understood")
      .excludes({"BODY"}, kOneWay);
}

namespace {

std::unique_ptr<MessageSource> plain_source(const BodyOptions& options) {
  const std::string name(kStandardInput);
  if (options.body && *options.body != "-") {
    return body_source(*options.body);
  }
  if (!options.files.empty()) {
    return file_source(options.files);
  }
  const RecordRule rule = options.origin              ? aim_at_origin(*options.origin)
                          : options.records_say_where ? RecordRule(require_target)
                                                      : RecordRule();
  if (options.folder) {
    return folder_source(*options.folder, rule);
  }
  if (options.records) {
    return record_source(STDIN_FILENO, name, rule);
  }
  if (options.lines) {
    return delimited_source(STDIN_FILENO, name, "\n");
  }
  if (options.null_separated) {
    return delimited_source(STDIN_FILENO, name, std::string(1, '\0'));
  }
  if (options.delimiter) {
    const auto delimiter = unescape(*options.delimiter, "--delimiter");
    if (delimiter.empty()) {
      throw Error(Exit::usage, "--delimiter: it is empty",
                  "without it the whole of stdin is one message");
    }
    return delimited_source(STDIN_FILENO, name, delimiter);
  }
  return whole_source(STDIN_FILENO, name);
}

}  // namespace

void bind_repetition_options(CommandLine& line, BodyOptions& options) {
  OptionGroup pace(line, "Pace");
  pace.number("--count", options.count, "N", "send the body N times", std::uint64_t{1})
      .excludes({"--lines", "--null", "--delimiter", "--jsonl", "--dir"},
                "it repeats one message: give one body, one --file, or stdin as a whole");
  pace.flag("--template", options.fills_template,
            "in each body, {seq} is the message's number, {uuid} a random UUID, {now} the time")
      .excludes({"--jsonl", "--dir"}, "a record is sent as it is");
}

void bind_origin_option(CommandLine& line, BodyOptions& options) {
  OptionGroup target(line, "Target");
  bind_origin_option(target, options.origin,
                     "send dead letters, given by --jsonl or --dir, to the exchange and with the "
                     "routing key that they had before they died for the first time, or the last, "
                     "as their header x-death says")
      .needs({"--jsonl", "--dir"},
             "records say where a dead letter was: those that 'consume' "
             "printed or saved")
      .excludes({"--queue", "--exchange", "--routing-key"});
}

std::unique_ptr<MessageSource> make_source(const BodyOptions& options) {
  if (options.count && options.files.size() > 1) {
    throw Error(Exit::usage, "--count repeats one message, but several --file are given");
  }
  auto source = plain_source(options);
  if (options.count) {
    source = repeated(std::move(source), *options.count);
  }
  if (options.fills_template) {
    source = templated(std::move(source));
  }
  return source;
}

DeclaredOption bind_header_option(CommandLine& line, PublishPlan& plan) {
  OptionGroup message(line, "Message");
  auto& properties = plan.properties;
  return message.custom_list("-H,--header", "NAME=TEXT",
                             "add a header; NAME:=JSON gives it the type of the JSON value",
                             [&properties](const std::string& value, const std::string& what) {
                               add_header(headers_of(properties), value, what);
                             });
}

void bind_property_options(CommandLine& line, PublishPlan& plan) {
  OptionGroup message(line, "Message");
  auto& properties = plan.properties;
  message.text("--content-type", properties.content_type, "TYPE", "the body's media type");
  message.text("--content-encoding", properties.content_encoding, "NAME",
               "how the body is encoded");
  message.number("--priority", properties.priority, "N",
                 "from 0 to 255; the queue says how many count", std::uint8_t{0},
                 std::uint8_t{255});
  message.text("--correlation-id", properties.correlation_id, "ID",
               "the request that this belongs to");
  message.text("--reply-to", properties.reply_to, "QUEUE", "where the answer should go");
  message.custom("--expiration", "DUR", "how long the message may wait in a queue",
                 [&properties](const std::string& value, const std::string& what) {
                   properties.expiration = parse_expiration(value, what);
                 });
  message.text("--message-id", properties.message_id, "ID",
               "by default a new one for each message");
  message.custom("--timestamp", "TIME", "seconds since 1970, or now",
                 [&properties](const std::string& value, const std::string& what) {
                   properties.timestamp = parse_timestamp(value, what);
                 });
  message
      .text("--message-type", properties.type, "NAME",
            "the application's name for this kind of message; '' is sent as it is")
      .may_be_empty();
  message.text("--user-id", properties.user_id, "NAME", "must be the user that is logged in");
  message
      .text("--app-id", properties.app_id, "NAME",
            "the application that sends; '' is sent as it is")
      .may_be_empty();
}

void bind_transient_option(CommandLine& line, PublishPlan& plan) {
  OptionGroup message(line, "Message");
  message.off_switch("--transient", plan.persistent,
                     "the message need not survive a restart of the broker");
}

}  // namespace mscomm
