import type { viewTexts as English } from '../en/views'

export const viewTexts: typeof English = {
  views: {
    label: '보기 선택',
    today: '오늘',
    overdue: '기한 지남',
    upcoming: '예정',
    all: '전체',
    done: '완료',
    tomorrow: '내일',
    yesterday: '어제',
    weekday: 'long',
    more: '더 보기',
    moreFailed: '불러오지 못했습니다. 다시 시도',
    showDone: '완료한 할 일 보기',
    nothingMoreToday: '오늘 할 일이 더 없습니다.',
    nothingToday: '오늘 할 일이 없습니다.',
    comingUp: (count) => `예정된 할 일 ${count}개 보기`,
    openOnes: (count) => `진행 중인 할 일 ${count}개 보기`,
    nothingOverdue: '기한이 지난 할 일이 없습니다.',
    nothingUpcoming: '예정된 할 일이 없습니다. “내일 오후 5시 엄마에게 전화”처럼 날짜와 함께 추가해 보세요.',
    nothingDone: '아직 완료한 할 일이 없습니다. 완료하면 여기에 나타납니다.',
    emptyList: '이 목록에는 할 일이 없습니다. 위에서 추가하세요.',
  },
}
