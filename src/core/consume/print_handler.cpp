#include "core/consume/print_handler.h"

#include <algorithm>
#include <utility>

#include "core/message/body_file.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

// Bytes of output that are worth one write.
constexpr std::size_t kOutputBatch = 64UL * 1024;
// A record beyond this is written while it is rendered.
constexpr std::size_t kLongRecord = 1024UL * 1024;

}  // namespace

PrintHandler::PrintHandler(Render render, Fate written, Writer& writer, SessionOwner& session,
                           const Context& context)
    : render_(std::move(render)),
      written_(written),
      session_(session),
      context_(context),
      output_(writer, session, context),
      paced_(output_.pace_by_reader()) {}

bool PrintHandler::take(const DeliveryRecord& record) {
  if (record.delivery.file != nullptr) {
    stream(record);
  } else {
    render(record);
  }
  ++rendered_;
  return paced_ || output_.buffer().size() >= kOutputBatch;
}

void PrintHandler::render(const DeliveryRecord& record) {
  const auto before = output_.buffer().size();
  const auto began = context_.clock.now();
  try {
    render_(output_.buffer(), record, [this, began] { write_while_rendering(began); });
  } catch (const Error&) {
    // Of a long record, which has pauses, the beginning may be written.
    output_.buffer().resize(std::min(before, output_.buffer().size()));
    throw;
  }
}

// A stop signal or the deadline ends a record only if it is so long that it would be waited for.
void PrintHandler::write_while_rendering(TimePoint began) {
  constexpr auto kPatience = std::chrono::milliseconds(50);
  const auto now = context_.clock.now();
  if (now - began > kPatience) {
    if (is_ready(context_.stop.fd(), POLLIN)) {
      throw Interrupted();
    }
    if (context_.deadline.passed(now)) {
      throw Error(Exit::timeout, "the deadline passed while a message was written");
    }
  }
  if (output_.buffer().size() >= kLongRecord) {
    output_.write_piece();
    session_.attend(now);
  }
}

void PrintHandler::stream(const DeliveryRecord& record) {
  std::string rest;
  render_(rest, record, {});
  record.delivery.file->for_each_piece([&](auto piece) {
    output_.buffer() += piece;
    output_.write_piece();
    session_.attend(context_.clock.now());
  });
  output_.buffer() += rest;
}

void PrintHandler::flush(DeliveryLedger& ledger) {
  if (handled_.messages == rendered_) {
    return;
  }
  output_.write();
  handled_.messages = rendered_;
  ledger.decide_open(written_);
}

}  // namespace mscomm
