import { expect, inject, it, onTestFinished } from 'vitest'
import { openWorkbench } from '../support/workbench.ts'

const { extensions } = inject('packaged')

it('shows views, menus, questions and errors in Chinese', async () => {
  const workbench = await openWorkbench({ extensions, language: 'zh-cn', kubeconfig: { clusters: 'none' } })
  onTestFinished(() => workbench[Symbol.asyncDispose]())
  const { window } = workbench
  const { elections } = window
  await window.openElections()

  await elections.welcome.getByText('显示错误', { exact: true }).click()
  const error = window.notification(/kubeconfig/)
  await error.waitFor()
  await window.picture('chinese-error')
  expect(await error.textContent()).toMatch(/[\u4e00-\u9fff]{4}/)

  await elections.welcome.getByText('试用沙盒', { exact: true }).click()
  await elections.row('kube-scheduler').waitFor()
  await elections.openMenu('kube-scheduler')
  const entries = await window.menu.allTextContents()
  await window.picture('chinese-menu')
  expect(entries.filter((entry) => entry.trim() !== '' && !/[\u4e00-\u9fff]/.test(entry))).toEqual([])
  await window.page.keyboard.press('Escape')

  const tooltip = await elections.hover('kube-scheduler')
  await window.picture('chinese-tooltip')
  expect(await tooltip.textContent()).toMatch(/[\u4e00-\u9fff]{2}/)
})
