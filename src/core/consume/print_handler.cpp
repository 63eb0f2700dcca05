#include "core/consume/print_handler.h"

#include <utility>

#include "core/message/body_file.h"

namespace mscomm {
namespace {

// Bytes of output that are worth one write.
constexpr std::size_t kOutputBatch = 64UL * 1024;

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
  try {
    render_(output_.buffer(), record);
  } catch (const Error&) {
    output_.buffer().resize(before);
    throw;
  }
}

void PrintHandler::stream(const DeliveryRecord& record) {
  std::string rest;
  render_(rest, record);
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
