#include "commands/answer_printer.h"

#include <fmt/format.h>
#include <unistd.h>

#include "commands/get_options.h"
#include "core/call/waterfall.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"
#include "core/runtime/text.h"
#include "core/telemetry/context.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

// After the command's deadline, the time left to write the record that reports the timeout.
constexpr auto kReportTime = std::chrono::seconds(1);

constexpr int kNotModified = 304;

Error too_slow() {
  return {Exit::timeout,
          "timed out while writing the response: it is large, or its reader is slow"};
}

}  // namespace

AnswerPrinter::AnswerPrinter(const GetOptions& options, const Context& context)
    : options_(options),
      context_(context),
      destination_(options.output.file, context.environment, context.stop, context.deadline),
      bodies_(destination_.writer(),
              ResponseOutput::Options{
                  .head = options.include,
                  .for_terminal = destination_.is_terminal(),
                  .colored = context.color_stdout,
              }),
      download_(bodies_, options.response.successes(), options.include) {
  if (options.output.format == OutputFormat::custom) {
    format_.emplace(options.output.format_string, http_fields());
  }
  if (options.response.jq) {
    jq_.emplace(*options.response.jq, "--jq", BodyLimits::of(options.max_size).for_expressions());
  }
}

BodySink* AnswerPrinter::sink() {
  if (prints_records() || jq_) {
    return nullptr;
  }
  return is_download() ? static_cast<BodySink*>(&download_) : &bodies_;
}

bool AnswerPrinter::needs_body() const {
  const auto format = options_.output.format;
  return format == OutputFormat::custom ? format_->is_large() : true;
}

bool AnswerPrinter::prints_records() const { return options_.output.format != OutputFormat::raw; }

// A pipe or a device is written as stdout is: there is nothing that could be kept.
bool AnswerPrinter::is_download() const {
  return destination_.waits_for_commit() && !prints_records();
}

std::optional<Error> AnswerPrinter::print(Answer answer) {
  if (options_.response.timing) {
    tell_timing(answer.record, context_.observer);
  }
  try {
    if (is_download()) {
      save(answer);
    } else {
      show(answer);
      has_output_ = true;
    }
  } catch (const ReaderGone&) {
    if (!answer.error) {
      throw;
    }
  } catch (const Error& error) {
    if (!answer.error || error.reason() != Exit::timeout) {
      throw;
    }
  }
  return std::move(answer.error);
}

void AnswerPrinter::finish() {
  if (has_output_) {
    destination_.commit();
    return;
  }
  if (without_body_.empty()) {
    return;
  }
  const auto& file = *options_.output.file;
  const auto text = fmt::format("{}: no body came, '{}' {}", without_body_, file,
                                access(file.c_str(), F_OK) == 0 ? "stays as it is" : "is not made");
  // Who asks for changes only is not surprised that there is none.
  if (is_not_modified_) {
    context_.log.info("{}", text);
  } else {
    context_.log.warning("{}", text);
  }
}

void AnswerPrinter::show(Answer& answer) {
  if (prints_records() || jq_) {
    append(destination_.writer().buffer(), answer);
  } else {
    if (!answer.streamed && answer.record.response.status != 0) {
      bodies_.begin(answer.record.response);
      in_pieces_of_bytes(answer.record.body, pause(), [this](auto piece) { bodies_.body(piece); });
    }
    bodies_.end(pause());
  }
  write_out(answer.error);
}

// The file takes what is whole and a success; what else came goes into the error message.
void AnswerPrinter::save(Answer& answer) {
  const auto& record = answer.record;
  const bool is_head = options_.include && record.method == "HEAD";  // of which the head is all
  if (!answer.error && has_no_body(record.method, record.response) && !is_head) {
    note_no_body(record);
    return;
  }
  if (!answer.error && jq_) {
    std::string results;
    append_results(results, answer);
    destination_.writer().buffer() += results;
  } else if (!answer.error && !answer.streamed) {
    download_.accept(record.response, record.body);
  }
  if (!answer.error) {
    write_out(answer.error);
    has_output_ = true;
    return;
  }
  if (!answer.streamed && answer.complete) {
    download_.refuse(record.response, record.body);
  }
  if (answer.streamed || answer.complete) {
    download_.add_refused(*answer.error);
  }
}

void AnswerPrinter::note_no_body(const HttpRecord& record) {
  const auto& response = record.response;
  without_body_ = fmt::format("{} {}: {}{}{}", record.method, record.url, response.status,
                              response.reason.empty() ? "" : " ", response.reason);
  is_not_modified_ = response.status == kNotModified;
}

void AnswerPrinter::append(std::string& out, Answer& answer) {
  auto& record = answer.record;
  const auto pause = this->pause();
  if (prints_records() && needs_body()) {
    record.judge_body(pause);
  }
  switch (options_.output.format) {
    case OutputFormat::raw:
      append_results(out, answer);
      break;
    case OutputFormat::json:
      append_http_json(out, record, pause);
      out += '\n';
      break;
    case OutputFormat::custom:
      format_->append(out, record, destination_.is_terminal(), pause);
      break;
    default:
      append_http_text(out, record, pause);
  }
}

// The expression expects a successful response; any other is printed unchanged.
void AnswerPrinter::append_results(std::string& out, Answer& answer) {
  if (answer.error) {
    const auto& body = answer.record.body;
    append_text(out, Bytes{body}, text_form(destination_.is_terminal()), pause());
    out += body.empty() || body.ends_with('\n') ? "" : "\n";
    return;
  }
  try {
    if (destination_.is_terminal()) {
      std::string results;
      jq_->append_results(results, answer.record.body);
      append_text(out, Bytes{results}, TextForm::visible, pause());
    } else {
      jq_->append_results(out, answer.record.body);
    }
  } catch (Error& error) {
    answer.error = error.add_context(fmt::format("{} {}", answer.record.method, answer.record.url))
                       .add_hint("--format json shows what came");
  }
}

// Writes after a failure, too; a slow reader is then not reported on top of it.
void AnswerPrinter::write_out(const std::optional<Error>& error) {
  if (!flush(destination_.writer(), writing_deadline(), context_.stop) && !error) {
    throw too_slow();
  }
}

Deadline AnswerPrinter::writing_deadline() const {
  const auto now = context_.clock.now();
  return context_.deadline.passed(now) ? Deadline(now + kReportTime) : context_.deadline;
}

// Between the pieces of a long record: writes what there is of it.
Pause AnswerPrinter::pause() {
  return [this, deadline = writing_deadline()] {
    constexpr std::size_t kMostWaiting = std::size_t{1} << 20U;
    auto& writer = destination_.writer();
    if (is_ready(context_.stop.fd(), POLLIN)) {
      throw Interrupted();
    }
    const bool is_written =
        writer.buffer().size() < kMostWaiting || flush(writer, deadline, context_.stop);
    if (!is_written || deadline.passed(context_.clock.now())) {
      throw too_slow();
    }
  };
}

}  // namespace mscomm
